import { CONTENT_FIELDS, type Contact, contactOf, isContactId, parseContent, rankSchema } from '@contact-sync/contact';
import type { ExclusionCode } from './errors.ts';

export type Admission =
  | { readonly admitted: true; readonly contact: Contact }
  | { readonly admitted: false; readonly code: ExclusionCode; readonly contact_id: string | null };

/**
 * Whether a contact may be shown at all. Judged before anything else looks at it, over values that are read once (a
 * getter may answer otherwise the second time), and the category before its validity: nothing is said of an X contact,
 * not even what else is wrong with it.
 *
 * @param expected the id it was asked for by, if it was
 * @param uncategorized whether contacts without a category are shown
 */
export function admit(input: unknown, expected: string | null, uncategorized: boolean): Admission {
  let raw: Raw | null;
  try {
    raw = read(input);
  } catch {
    // A getter or a proxy that throws: its error may quote the contact, so it goes no further.
    raw = null;
  }
  const contact_id =
    raw !== null && typeof raw.contact_id === 'string' && isContactId(raw.contact_id) ? raw.contact_id : null;
  const refused = (code: ExclusionCode): Admission => ({ admitted: false, code, contact_id: expected ?? contact_id });
  if (raw === null) return refused('INVALID_CONTACT');
  const code = categoryRefusal(raw.content.category_code, raw.content.subcategory_code, uncategorized);
  if (code !== null) return refused(code);

  const rank = rankSchema.safeParse({ version: raw.version, last_updated: raw.last_updated });
  const parsed = parseContent(raw.content);
  if (!rank.success || !parsed.ok || contact_id === null || (expected !== null && contact_id !== expected))
    return refused('INVALID_CONTACT');
  // Judged again over what will be shown: whatever the normal form does, it lets no X through.
  const { content } = parsed;
  const again = categoryRefusal(content.category_code, content.subcategory_code, uncategorized);
  if (again !== null) return refused(again);
  // Who edited last is a person too, whom no prompt needs.
  const contact = contactOf({ contact_id, content, ...rank.data, last_updated_by: '' });
  return { admitted: true, contact };
}

interface Raw {
  readonly contact_id: unknown;
  readonly version: unknown;
  readonly last_updated: unknown;
  readonly content: { readonly category_code?: unknown; readonly subcategory_code?: unknown };
}

function read(input: unknown): Raw | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return null;
  const metadata: unknown = Reflect.get(input, 'sync_metadata');
  if (typeof metadata !== 'object' || metadata === null) return { ...absent, ...own(input) };
  return {
    ...own(input),
    version: Reflect.get(metadata, 'version'),
    last_updated: Reflect.get(metadata, 'last_updated'),
  };
}

const absent = { version: undefined, last_updated: undefined };

const own = (input: object) => ({
  contact_id: Reflect.get(input, 'contact_id') as unknown, // Reflect.get is typed `any`
  content: Object.fromEntries(CONTENT_FIELDS.map((field) => [field, Reflect.get(input, field) as unknown])),
});

/** Exactly one of A to H in the content's own normal form is shown; everything else fails closed. */
function categoryRefusal(category: unknown, subcategory: unknown, uncategorized: boolean): ExclusionCode | null {
  if (normal(category) === 'X' || normal(subcategory)?.startsWith('X')) return 'CATEGORY_X';
  if (category === undefined || category === null || normal(category) === '')
    return uncategorized ? null : 'CATEGORY_MISSING';
  return /^[A-H]$/.test(normal(category) ?? '') ? null : 'CATEGORY_UNKNOWN';
}

const normal = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.toWellFormed().normalize('NFC').trim() : undefined;
