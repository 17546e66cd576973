/** Made-up people, and what happened to them: something to see on every page of the console. */
import type { Content } from '@contact-sync/contact';
import type { ConsoleStage } from './console-stage.ts';

/** [name, organization, job title, category, how they met] */
const CAST = [
  ['Ada Brandt', 'Blue Heron Ltd.', 'Software engineer', 'G', 'at a conference on typography'],
  ['Amélie Lefèvre', 'Hôpital Saint-Louis', 'Nurse', 'B', 'on a night train to Lisbon'],
  ['Bjørn Åkesson', 'Nordlys Bygg', 'Carpenter', 'F', 'when the roof leaked'],
  ['Clara Hoffmann', 'Köhler & Söhne', 'Bookbinder', 'C', 'through the choir'],
  ['David Okafor', 'Blue Heron Ltd.', 'Product designer', 'G', 'at work'],
  ['Elena Papadaki', 'Atelier Meltemi', 'Architect', 'B', 'as neighbours in Athens'],
  ['Frank Wójcik', 'Stadtwerke', 'Electrician', 'F', 'when the lights went out'],
  ['Grace Sullivan', 'Trinity Library', 'Librarian', 'C', 'over a lost book'],
  ['Hannah Steiner', 'Notariat Steiner', 'Notary', 'F', 'for the flat'],
  ['Ivo Novák', 'Café Slavia', 'Violinist', 'B', 'after a concert'],
  ['Julia Moreau', 'Moreau Traductions', 'Translator', 'G', 'by a misdirected letter'],
  ['Kaspar Lind', 'Lindgård', 'Beekeeper', 'A', 'always known'],
  ['Lucía Fernández', 'Universidad de Sevilla', 'Botanist', 'B', 'at university, in the last row'],
  ['Marta Kowalska', 'Piekarnia Kowalska', 'Baker', 'C', 'every Saturday morning'],
  ['Noah Bergmann', 'Bergmann Optik', 'Optician', 'F', 'with broken glasses'],
  ['Olivia Hartley', 'Hartley & Daughters', 'Gardener', 'A', 'always known'],
  ['Pavel Dvořák', 'Dvořák Sklo', 'Glassblower', 'C', 'at a market in winter'],
  ['Rosa Conti', 'Teatro Verdi', 'Stage manager', 'B', 'backstage'],
  ['Siobhán O’Connor', 'Harbour Pilots', 'Harbour pilot', 'C', 'on a ferry'],
  ['Viktor Krause', 'Krause Immobilien', 'Estate agent', 'X', 'unfortunately'],
] as const;

/** How many people there are before anything happens to them. */
export const COUNT = CAST.length;

const PLAIN = /[^a-z]+/g;
const address = (name: string) => name.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(PLAIN, '.');

const content = ([name, organization, title, category, met]: (typeof CAST)[number], index: number): Content => ({
  canonical_name: name,
  given_name: name.split(' ')[0] ?? '',
  family_name: name.split(' ').slice(1).join(' '),
  emails: [`${address(name)}@example.com`, ...(index % 4 === 0 ? [`${address(name)}@example.org`] : [])],
  ...(index % 3 !== 1 && { phones: [`+44791112${String(index).padStart(4, '0')}`] }),
  organization,
  job_title: title,
  ...(index % 4 === 1 && { linkedin_url: `https://www.linkedin.com/in/${address(name).replaceAll('.', '-')}` }),
  category_code: category,
  llm_context: {
    how_met: met,
    communication_style: index % 2 === 0 ? 'short messages, long walks' : 'calls on Sundays',
    key_interests: index % 2 === 0 ? ['old maps', 'birdwatching'] : ['sourdough', 'chess'],
    closeness_level: 1 + ((index * 3) % 10),
  },
});

/** Everybody is written into the local database, as a program beside the hub would. @returns their ids by their names */
export async function settle({ clients, watch }: ConsoleStage): Promise<(name: string) => string> {
  await clients.local.insert(CAST.map(content));
  await watch.quiet(COUNT, () => {});
  const { rows } = await clients.local.query('select canonical_name, contact_id from contacts');
  const ids = new Map(rows.map(({ canonical_name, contact_id }) => [canonical_name, String(contact_id)]));
  return (name) => {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`nobody is called ${name}`);
    return id;
  };
}

/** What of a contact is edited here. */
export type Change = Readonly<Partial<Record<'job_title' | 'organization' | 'linkedin_url', string>>>;

/** Edits a contact in Supabase, through its own client. */
export async function editSupabase({ clients }: ConsoleStage, id: string, change: object): Promise<void> {
  const { error, data } = await clients.supabase.from('contacts').update(change).eq('contact_id', id).select('id');
  if (error || data.length !== 1) throw new Error(`Supabase changed nothing of ${id}: ${error?.code}`);
}

/** Edits a contact in the local database, by SQL. */
export async function editLocal({ clients }: ConsoleStage, id: string, change: Change): Promise<void> {
  const names = Object.keys(change).map((name, index) => `${name} = $${index + 2}`);
  await clients.local.query(`update contacts set ${names.join()} where contact_id = $1`, [
    id,
    ...Object.values(change),
  ]);
}

/** Edits a contact in Twenty, as a person at its screens. */
export async function editTwenty({ clients, sandbox }: ConsoleStage, id: string, jobTitle: string): Promise<void> {
  const person = sandbox.twenty?.people().find(({ contactId }) => contactId === id);
  await clients.twenty('PATCH', `/people/${person?.id}`, { jobTitle });
}

/** Edits a contact in BigQuery, as an analyst. */
export async function editBigQuery({ clients }: ConsoleStage, id: string, change: Change): Promise<void> {
  const sql = `CALL \`${clients.dataset}.edit_contact\`(${id}, PARSE_JSON(@edit), 'analyst@example.com')`;
  await clients.bigquery(sql, { edit: JSON.stringify(change) });
}

/** Two edits of one rank, of which neither system knows the other's. @returns the conflict's id */
export async function tie(stage: ConsoleStage, id: string, local: Change, supabase: Change): Promise<string> {
  const { clients, watch } = stage;
  const last_updated = new Date().toISOString();
  const names = Object.keys(local).map((name, index) => `${name} = $${index + 3}`);
  await clients.local.transaction(async (query) => {
    const sql = `update contacts set last_updated = $2, ${names.join()} where contact_id = $1`;
    await query(sql, [id, last_updated, ...Object.values(local)]);
    await editSupabase(stage, id, { ...supabase, last_updated });
  });
  return watch.until(`a tie of ${id}`, async () => {
    const sql = `select max(conflict_id) as found from contact_sync_ledger.conflicts
      where contact_id = $1 and status = 'open'`;
    return (await watch.one<{ found: string | null }>(sql, [id])).found ?? false;
  });
}

const RULE = 'job_titles_are_short';
/** From now on the local database takes no job title of more than 40 characters. */
export const beStrict = ({ clients }: ConsoleStage): Promise<unknown> =>
  clients.local.query(`alter table contacts add constraint ${RULE} check (length(job_title) <= 40) not valid`);
/** And now it does. */
export const beLenient = ({ clients }: ConsoleStage): Promise<unknown> =>
  clients.local.query(`alter table contacts drop constraint if exists ${RULE}`);

/** Waits for the dead letter of a contact. @returns its number */
export function letterOf({ watch }: ConsoleStage, id: string): Promise<string> {
  return watch.until(`a dead letter of ${id}`, async () => {
    const sql = `select max(dead_letter_id)::text as found from contact_sync_ledger.dead_letters
      where contact_id = $1 and status = 'open'`;
    return (await watch.one<{ found: string | null }>(sql, [id])).found ?? false;
  });
}
