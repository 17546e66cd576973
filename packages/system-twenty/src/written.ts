/**
 * How a person was written. Under another mapping a field may mean something else, or nothing yet: read as if it had
 * been written, an empty one would say that somebody emptied what the contact has. So the hub notes on each person which
 * field holds what, and a person is read as it was written until it is written again. Invariants:
 *
 * - an empty field that the hub did not write is not read;
 * - what stands in a field that the hub did not write is somebody's edit, unless the hub left it there when it stopped
 *   writing that field;
 * - a field that is missing from a person is not read;
 * - what is no longer mapped is not read.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, type Fields, type Json } from '@contact-sync/contact';
import { z } from 'zod';
import { emailsPart } from './lens-emails.ts';
import { linkPart } from './lens-link.ts';
import { phonesPart } from './lens-phones.ts';
import { isMappedField, LLM_MAPPED, MAPPED_FIELDS, type MappedField } from './mapping.ts';
import type { FieldMap } from './parts.ts';

/** The note on a person. */
export interface Written {
  /** What the hub wrote where. What is not named was not written, but for keys of `llm_context`: these are in its JSON. */
  readonly fields: FieldMap;
  /** Fields that the hub wrote once and then left as they were: the digest of what stood there. */
  readonly left: Readonly<Record<string, string>>;
}

const noteSchema = z.object({
  fields: z.record(z.string(), z.string().nullable()),
  left: z.record(z.string(), z.string()).optional(),
});

/** Nobody knows, or nobody did: only what is filled in is read. */
export const UNWRITTEN: Written = { fields: {}, left: {} };

/** @returns `null` when this is no note of a hub */
export function readNote(note: Json): Written | null {
  const parsed = noteSchema.safeParse(note);
  if (!parsed.success) return null;
  const entries = Object.entries(parsed.data.fields).filter(([field]) => isMappedField(field));
  return { fields: Object.fromEntries(entries), left: parsed.data.left ?? {} };
}

/** The same for equal notes. */
export function noteOf({ fields, left }: Written): Json {
  const entries = MAPPED_FIELDS.flatMap((field) => {
    const name = fields[field];
    return name === undefined || (name === null && !isLlmKey(field)) ? [] : [[field, name] as const];
  });
  return { fields: Object.fromEntries(entries), ...(Object.keys(left).length === 0 ? {} : { left }) };
}

/** All names that a person written so is read by, now or when a mapping comes back. */
export const namesIn = ({ fields, left }: Written): readonly string[] => [
  ...Object.values(fields).filter((name) => typeof name === 'string'),
  ...Object.keys(left),
];

/** The note for a person that stands like this, once it is written under the current mapping. */
export function noteFor(current: FieldMap, fields: Fields, before: Written): Written {
  const mapped = new Set(Object.values(current));
  const unmapped = namesIn(before).filter(
    (name) => !mapped.has(name) && Object.hasOwn(fields, name) && isFilled(fields[name]),
  );
  const left = unmapped.map((name) => [name, leftIn(before, name) ?? digest(fields[name] ?? null)] as const);
  return { fields: current, left: Object.fromEntries(left) };
}

/** The mapping by which a person is read: as it was written, and with what somebody wrote into fields mapped since. */
export function readableBy(current: FieldMap, written: Written, fields: Fields): FieldMap {
  const before = new Set(Object.values(written.fields));
  const isNews = (field: MappedField): boolean => {
    const name = current[field];
    if (typeof name !== 'string' || before.has(name) || !Object.hasOwn(fields, name)) return false;
    return leftIn(written, name) !== digest(fields[name] ?? null) && holdsAnything(field, name, fields);
  };
  const map: Partial<Record<MappedField, string | null>> = { ...written.fields };
  for (const group of GROUPS) if (group.some(isNews)) for (const field of group) map[field] = current[field] ?? null;
  // The JSON of somebody else does not say which keys have fields of their own.
  if (typeof written.fields.llm_context !== 'string' && typeof map.llm_context === 'string')
    for (const key of LLM_MAPPED) if (typeof current[key] === 'string') map[key] ??= null;
  return withoutMissing(withoutUnmapped(map, current), (name) => Object.hasOwn(fields, name));
}

const leftIn = ({ left }: Written, name: string): string | undefined =>
  Object.hasOwn(left, name) ? left[name] : undefined;

/** What is read and written together: a category must agree with its subcategory. */
const GROUPS: readonly (readonly MappedField[])[] = [
  ['category_code', 'subcategory_code'],
  ...MAPPED_FIELDS.filter((field) => field !== 'category_code' && field !== 'subcategory_code').map((field) => [field]),
];

function withoutUnmapped(map: FieldMap, current: FieldMap): FieldMap {
  const gone = MAPPED_FIELDS.filter(
    (field) => current[field] === null || (isLlmKey(field) && current.llm_context === null),
  );
  return { ...map, ...unmapping(gone) };
}

/** A mapping without the fields that are not there. */
export function withoutMissing(map: FieldMap, isThere: (name: string) => boolean): FieldMap {
  const gone = MAPPED_FIELDS.filter((field) => {
    const name = map[field];
    return typeof name === 'string' && !isThere(name);
  });
  return { ...map, ...unmapping(gone) };
}

const unmapping = (fields: readonly MappedField[]): FieldMap =>
  Object.fromEntries(fields.map((field) => [field, null]));

const isLlmKey = (field: MappedField): boolean => LLM_MAPPED.some((key) => key === field);

const digest = (value: Json): string => createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);

/** Composite fields may carry defaults, such as a country, that are no value. */
function holdsAnything(field: MappedField, name: string, fields: Fields): boolean {
  if (field === 'emails') return isFilled(emailsPart.read(fields));
  if (field === 'phones') return isFilled(phonesPart.read(fields));
  if (field === 'linkedin_url') return isFilled(linkPart.read(fields));
  return isFilled(fields[name]);
}

function isFilled(value: Json | undefined): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'string') return value.trim() !== '';
  if (typeof value === 'object') return Object.values(value).some(isFilled);
  return true;
}
