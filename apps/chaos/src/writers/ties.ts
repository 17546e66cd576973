/** Edits of one contact at the very same moment, of which no system knows the others'. */
import { timestamp } from '@contact-sync/contact';
import type { Stamp } from '../edits.ts';
import type { Chance } from '../seeded.ts';
import type { Desk, Known } from './desk.ts';

const KINDS = ['local and supabase', 'supabase and bigquery', 'bigquery twice', 'all three'] as const;

/**
 * Programs that work offline bring the time of their edit, and an analyst's own row brings its version too: that is how a
 * client can make an exact tie. The contact has to be calm, so that all edits get the same version.
 */
export async function forceTie(desk: Desk, chance: Chance): Promise<void> {
  const known = desk.of('tie').filter(({ deleted }) => !deleted);
  if (known.length === 0) return;
  const calm = chance.is(0.15) ? [] : await desk.calmAmong(known);
  // Somebody may have taken one meanwhile.
  const free = (calm.length === 0 ? known : calm).filter(({ contact_id }) => !desk.taken.has(contact_id));
  if (free.length === 0) return;
  const contact = chance.pick(free);
  const { contact_id } = contact;
  desk.taken.add(contact_id);
  try {
    if (!(await heard(desk, contact_id))) return;
    const version = await desk.calm(contact_id);
    if (version === null) {
      await outrank(desk, contact, chance);
      return;
    }
    const moment = new Date().toISOString();
    const tie = desk.token();
    const made: string[] = [];
    lastOf(desk).set(contact_id, made);
    const kind = chance.pick(KINDS);
    const edit = async (
      system: 'local' | 'supabase' | 'bigquery',
      run: (token: string) => Promise<Stamp | null>,
    ): Promise<void> => {
      const token = desk.token();
      const asked = { token, system, op: 'edit', pool: 'tie', contact_id, tie } as const;
      if (await desk.log.write(asked, () => run(token))) made.push(token);
    };
    const supabase = () => edit('supabase', (mine) => desk.hands.supabase.edit(contact_id, mine, { moment }));
    const bigquery = () => edit('bigquery', (mine) => row(desk, contact_id, version + 1, moment, mine));
    const local = () => edit('local', (mine) => desk.hands.local.edit(contact_id, mine, { moment }));
    if (kind === 'local and supabase') await Promise.all([local(), supabase()]);
    else if (kind === 'supabase and bigquery') await Promise.all([supabase(), bigquery()]);
    else if (kind === 'bigquery twice') await Promise.all([bigquery(), bigquery()]);
    else await Promise.all([local(), supabase(), bigquery()]);
  } finally {
    desk.taken.delete(contact_id);
  }
}

const lasts = new WeakMap<Desk, Map<string, string[]>>();
/** The acknowledged edits of the last tie of each contact. */
function lastOf(desk: Desk): Map<string, string[]> {
  const found = lasts.get(desk) ?? new Map<string, string[]>();
  lasts.set(desk, found);
  return found;
}

/** Whether the hub knows every edit of the last tie: a further edit would overtake what it has not heard. */
async function heard(desk: Desk, contactId: string): Promise<boolean> {
  const tokens = lastOf(desk).get(contactId) ?? [];
  if (tokens.length === 0) return true;
  const { rows } = await desk.ledger.query(
    `select t.token from unnest($2::text[]) t(token)
     where not exists (
         select from contact_sync_ledger.versions v where v.contact_id = $1 and v.last_updated_by = t.token)
       and not exists (
         select from contact_sync_ledger.conflicts c where c.contact_id = $1 and strpos(c.candidates, t.token) > 0)`,
    [contactId, tokens],
  );
  return rows.length === 0;
}

/** A conflict that nobody decides may be overtaken by a later edit. */
async function outrank(desk: Desk, { contact_id }: Known, chance: Chance): Promise<void> {
  if (!chance.is(0.1)) return;
  const { rows } = await desk.ledger.query(
    `select from contact_sync_ledger.conflicts where contact_id = $1 and status = 'open'
       and opened_at < clock_timestamp() - interval '3 seconds'`,
    [contact_id],
  );
  if (rows.length === 0) return;
  const token = desk.token();
  await desk.log.write({ token, system: 'local', op: 'edit', pool: 'tie', contact_id }, () =>
    desk.hands.local.edit(contact_id, token, {}),
  );
}

const FIELDS = `canonical_name, given_name, family_name, organization, linkedin_url, category_code, subcategory_code,
  emails, phones, llm_context`;

/** An analyst's own row, as of a moment and under a number of their choice. */
async function row(desk: Desk, contactId: string, version: number, moment: string, token: string): Promise<Stamp> {
  const { bigquery, dataset } = desk.clients;
  await bigquery(
    `INSERT INTO \`${dataset}.contact_versions\` (
       change_id, contact_id, version, last_updated, last_updated_by, status, source, deleted, appended_by_hub, job_title,
       ${FIELDS})
     SELECT GENERATE_UUID(), contact_id, ${version}, TIMESTAMP '${moment}', @token, 'accepted', 'bigquery', FALSE, FALSE,
       @token, ${FIELDS}
     FROM \`${dataset}.contacts\` WHERE contact_id = ${contactId}`,
    { token },
  );
  return { version, last_updated: timestamp(moment) };
}
