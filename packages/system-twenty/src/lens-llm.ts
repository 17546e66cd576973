import { type Content, type Fields, type Json, type Part, parseContent } from '@contact-sync/contact';
import { LLM_FIELDS, type LlmKey } from './mapping.ts';
import { text } from './text.ts';

type Context = Readonly<Record<string, Json>>;

/** Where the keys of `llm_context` are. */
export interface LlmFields {
  /** Holds as JSON all keys that are not named here; `null`: these are not held. */
  readonly rest: string | null;
  /** Keys with a field of their own; `null`: not held. */
  readonly keys: ReadonlyMap<LlmKey, string | null>;
}

/** One part, however many fields: a content field is read and written by one part only. */
export function llmPart({ rest, keys }: LlmFields): Part {
  const own = [...keys].flatMap(([key, field]) => (field === null ? [] : [{ key, field }]));
  const apart = new Map<string, string | null>(keys);
  const holds = (key: string): boolean => (apart.has(key) ? apart.get(key) !== null : rest !== null);
  const only = (context: Context, wanted: (key: string) => boolean): Context =>
    Object.fromEntries(Object.entries(context).filter(([key]) => wanted(key)));

  /** What a key of its own holds, else what somebody wrote for it into the JSON. */
  function read(fields: Fields): Json {
    const json = rest === null ? null : (fields[rest] ?? null);
    if (json !== null && !isContext(json)) return json;
    const values = own
      .map(({ key, field }) => [key, ownValue(fields[field] ?? null, LLM_FIELDS[key])] as const)
      .filter(([, value]) => value !== null);
    return normal({ ...only(json ?? {}, holds), ...Object.fromEntries(values) });
  }

  const contextOf = (content: Content | null): Context =>
    // Content is JSON: parseContent let nothing else through.
    (content?.llm_context ?? {}) as Context;

  return {
    content: ['llm_context'],
    ...(rest !== null && own.length === keys.size ? {} : { partial: true }),
    read,
    expected: (content) => orNull(only(contextOf(content), holds)),
    write(content) {
      const context = contextOf(content);
      const json = rest === null ? {} : { [rest]: orNull(only(context, (key) => !apart.has(key))) };
      const values = own.map(({ key, field }) => [field, context[key] ?? (LLM_FIELDS[key] === 'TEXT' ? '' : null)]);
      return { ...json, ...Object.fromEntries(values) };
    },
    put(fields, base) {
      const now = read(fields);
      if (now !== null && !isContext(now)) return { llm_context: now };
      const context = { ...only(contextOf(base), (key) => !holds(key)), ...now };
      return { llm_context: orNull(context) ?? undefined };
    },
  };
}

const isContext = (value: Json): value is Context =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const orNull = (context: Context): Context | null => (Object.keys(context).length === 0 ? null : context);

const ownValue = (value: Json, type: 'TEXT' | 'NUMBER' | 'RAW_JSON'): Json =>
  type === 'TEXT' ? text(value) || null : value;

/**
 * In normal form where it is a valid context; as it stands where it is not, so that the problem is found later. jsonb
 * keeps neither the order of keys nor the spelling of numbers: the normal form and RFC 8785 have neither.
 */
function normal(value: Context): Json {
  const parsed = parseContent({ canonical_name: '-', llm_context: value });
  return parsed.ok ? ((parsed.content.llm_context ?? null) as Json) : value;
}
