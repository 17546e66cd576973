/** `eq.…` and the like, at the start of a filter or inside `or=(…)`, and the value up to the next delimiter. */
const COMPARISON = /(?<=^|[(,.])((?:not\.)?(?:eq|neq|gt|gte|lt|lte)\.)([^"{(,)]+)/g;
/** The items of `in.(…)`, and of the arrays in `cs.{…}`, `cd.{…}` and `ov.{…}`. */
const LIST = /(?<=^|[(,.])((?:in\.\()|(?:(?:cs|cd|ov)\.\{))([^"{}()]*)/g;

/** True for text that is a number to JavaScript, but comes back from one spelled otherwise. */
const changedByNumber = (text: string): boolean =>
  text.trim() !== '' && Number.isFinite(Number(text)) && String(Number(text)) !== text;

const exact = (text: string): string => (changedByNumber(text) ? `"${text}"` : text);

/**
 * Quotes what lite would turn into another value: it reads each filter value that looks like a number as one, so that
 * `eq.9223372036854775807` is rounded and `cs.{+14155552671}` loses its plus.
 *
 * @param search a URL's query, as supabase-js writes it
 */
export function exactFilters(search: string): string {
  const params = new URLSearchParams(search);
  const quoted = [...params].map(([name, value]): [string, string] => [
    name,
    ['select', 'order', 'columns', 'on_conflict', 'apikey'].includes(name)
      ? value
      : value
          .replace(COMPARISON, (_, operator: string, text: string) => operator + exact(text))
          .replace(LIST, (_, operator: string, items: string) => operator + items.split(',').map(exact).join(',')),
  ]);
  return new URLSearchParams(quoted).toString();
}
