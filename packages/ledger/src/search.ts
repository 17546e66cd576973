/** What people list and search contacts by, as the columns of `heads` hold it, and what they look for, spelt the same way. */
import type { Content } from '@contact-sync/contact';
import type pg from 'pg';

const MAX_SEARCH = 4_000;
/** An index holds no more than a few kilobytes a row. */
const MAX_KEY = 200;
const MAX_ASKED = 1_000;
const MAX_WORDS = 20;
/** Contacts that are brought up to date in one statement; their contents are at most 256 KB each. */
const PAGE = 500;

/** Of one contact, as the columns of `heads` are called. */
export interface Shown {
  readonly name: string;
  /** What the list is in the order of. */
  readonly name_key: string;
  readonly organization: string | null;
  readonly category: string | null;
  readonly search: string;
}

/**
 * Whatever the case, and without the accents of Latin, Greek and Cyrillic letters. Here and not in SQL: there `lower`
 * knows the letters of the database's locale, which may be ASCII's alone.
 */
const folded = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase();

/** What is kept of a content for lists and search; `null` for a deletion, which leaves what was kept. */
export function shownOf(content: Content | null): Shown | null {
  if (content === null) return null;
  const { canonical_name, given_name, family_name, organization, category_code, emails = [], phones = [] } = content;
  const digits = phones.map((phone) => phone.replace(/\D/g, ''));
  const parts = [canonical_name, given_name, family_name, organization, ...emails, ...phones, ...digits];
  return {
    name: canonical_name,
    name_key: folded(canonical_name).slice(0, MAX_KEY),
    organization: organization ?? null,
    category: category_code ?? null,
    search: folded(parts.filter((part) => part).join('\n')).slice(0, MAX_SEARCH),
  };
}

/** Patterns for `like`, all of which {@link Shown.search} has to match; none for a text of blanks. */
export const patternsOf = (text: string): readonly string[] =>
  folded(text.slice(0, MAX_ASKED))
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS)
    .map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`);

/** Heads that an earlier form of the ledger wrote: what they, or the versions that they deleted, were called. */
const UNSHOWN = `
  declare unshown no scroll cursor for
  select h.contact_id::text, v.content
  from contact_sync_ledger.heads h
  cross join lateral (
    select v.content
    from contact_sync_ledger.versions v
    where v.contact_id = h.contact_id and v.status = 'accepted' and v.content is not null
    order by v.version desc
    limit 1
  ) v
  where h.search = ''`;

const SHOW = `
  update contact_sync_ledger.heads h
  set name = s.name, name_key = s.name_key, organization = s.organization, category = s.category, search = s.search
  from jsonb_to_recordset($1::jsonb) s(
    contact_id bigint, name text, name_key text, organization text, category text, search text)
  where h.contact_id = s.contact_id`;

/**
 * Writes what is kept for lists and search where an earlier form of the ledger has not. Read in one pass, and written some
 * at a time: contents are large.
 *
 * @param client in a transaction
 */
export async function showAll(client: pg.ClientBase, json: (value: object) => string): Promise<void> {
  await client.query(UNSHOWN);
  for (;;) {
    const { rows } = await client.query<{ contact_id: string; content: string }>(`fetch ${PAGE} from unshown`);
    if (rows.length === 0) break;
    // The ledger wrote it: a content in its canonical form.
    const shown = rows.map(({ contact_id, content }) => ({ contact_id, ...shownOf(JSON.parse(content) as Content) }));
    await client.query(SHOW, [json(shown)]);
  }
  await client.query('close unshown');
}
