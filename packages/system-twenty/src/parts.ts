import type { Part } from '@contact-sync/contact';
import { emailsPart } from './lens-emails.ts';
import { linkPart } from './lens-link.ts';
import { llmPart } from './lens-llm.ts';
import { namePart } from './lens-name.ts';
import { phonesPart } from './lens-phones.ts';
import { LLM_FIELDS, LLM_MAPPED, type LlmKey, type MappedField, type PersonMapping } from './mapping.ts';
import { text } from './text.ts';

export type FieldMap = PersonMapping['fields'];

/** A part with the entries of the mapping that make it what it is. */
export interface MappedPart extends Part {
  readonly entries: readonly MappedField[];
}

type TextField = 'organization' | 'job_title' | 'category_code' | 'subcategory_code';

/** Content fields that Twenty holds as plain texts, edited together. */
const textsPart = (texts: readonly (readonly [TextField, string])[]): Part => ({
  content: texts.map(([field]) => field),
  read: (fields) => texts.map(([, name]) => text(fields[name])),
  expected: (content) => texts.map(([field]) => content[field] ?? ''),
  write: (content) => Object.fromEntries(texts.map(([field, name]) => [name, content[field] ?? ''])),
  put: (fields) => Object.fromEntries(texts.map(([field, name]) => [field, text(fields[name]) || undefined])),
});

/** The parts of the lens for what is mapped. */
export function partsOf(map: FieldMap): readonly MappedPart[] {
  const parts: MappedPart[] = [{ ...namePart(map.canonical_name ?? null), entries: ['canonical_name'] }];
  if (map.emails) parts.push({ ...emailsPart, entries: ['emails'] });
  if (map.phones) parts.push({ ...phonesPart, entries: ['phones'] });
  if (map.linkedin_url) parts.push({ ...linkPart, entries: ['linkedin_url'] });
  for (const field of ['organization', 'job_title'] as const) {
    const name = map[field];
    if (name) parts.push({ ...textsPart([[field, name]]), entries: [field] });
  }
  const { category_code: category, subcategory_code: subcategory } = map;
  if (category && subcategory)
    parts.push({
      ...textsPart([
        ['category_code', category],
        ['subcategory_code', subcategory],
      ]),
      entries: ['category_code', 'subcategory_code'],
    });
  const keys = new Map(
    // Object.keys forgets which keys it was given.
    (Object.keys(LLM_FIELDS) as LlmKey[]).flatMap((key) => {
      const name = map[`llm_context.${key}`];
      return name === undefined ? [] : [[key, name] as const];
    }),
  );
  const rest = map.llm_context ?? null;
  if (rest !== null || [...keys.values()].some((name) => name !== null))
    parts.push({ ...llmPart({ rest, keys }), entries: ['llm_context', ...LLM_MAPPED] });
  return parts;
}
