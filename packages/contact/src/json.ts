import canonicalize from 'canonicalize';

/** Any JSON. A key whose value is `undefined` counts as left out. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * The RFC 8785 form: sorted keys, one spelling for each number, no blanks. Source:
 * https://www.rfc-editor.org/rfc/rfc8785
 *
 * @throws {Error} for what that form does not have: NaN, infinite numbers, half of a surrogate pair, something that is
 *   no JSON value
 */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/**
 * Any parsed JSON as JSON that {@link canonicalJson} takes and no recursion fails at. What no contact can hold stays
 * invalid: a number that JavaScript reads as infinite (`1e400`) becomes text, nesting beyond 40 levels is cut where
 * `parseContent` refuses what is above it. Half of a surrogate pair becomes U+FFFD, as in the normal form.
 */
export function plainJson(value: unknown, depth = 0): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || depth > 40) return null;
  if (Array.isArray(value)) return value.map((item) => plainJson(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.toWellFormed(), plainJson(item, depth + 1)]),
  );
}
