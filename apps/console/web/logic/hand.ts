import type { ConflictDetail, OutcomeField } from './choice.ts';

/** Something written by hand, on its way to be a content. */
export type Draft = Readonly<Record<string, unknown>>;
/** A content that can be sent. */
export type HandContent = { readonly canonical_name: string } & Draft;

/** What one begins with: the canonical candidate; where that is a deletion the next that is none. */
export function draftOf({ conflict, base }: ConflictDetail): Draft {
  return conflict.candidates.find(({ content }) => content !== null)?.content ?? base?.content ?? {};
}

/** The JSON of a whole contact; `null` where the text is none. */
export function parsed(text: string): Draft | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** What is sent: without what is empty. */
export function contentOf(draft: Draft): HandContent {
  const kept = Object.entries(draft)
    .map(([key, value]) => [key, Array.isArray(value) ? value.filter((item) => item !== '') : value] as const)
    .filter(([, value]) => value !== '' && value !== null && !(Array.isArray(value) && value.length === 0));
  return { ...Object.fromEntries(kept), canonical_name: String(draft.canonical_name ?? '').trim() };
}

/** What would come of it, field by field, beside the canonical candidate. */
export function handOutcome({ conflict }: ConflictDetail, content: HandContent): readonly OutcomeField[] {
  const before = flat(conflict.candidates[0]?.content ?? {});
  const after = flat(content);
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].map((field) => ({
    field,
    value: after[field] ?? null,
    changes: JSON.stringify(after[field]) !== JSON.stringify(before[field]),
  }));
}

function flat(content: Draft): Record<string, unknown> {
  const { llm_context: context, ...fields } = content;
  if (typeof context !== 'object' || context === null) return fields;
  const inner = Object.entries(context).map(([key, value]) => [`llm_context.${key}`, value]);
  return { ...fields, ...Object.fromEntries(inner) };
}
