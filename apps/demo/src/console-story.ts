/** What happened to the people in the pictures: edits everywhere, ties, and what failed for good. */
import { contactId } from '@contact-sync/contact';
import { type Asker, SYSTEMS } from '@contact-sync/sync';
import { beStrict, editBigQuery, editLocal, editSupabase, editTwenty, letterOf, tie } from './console-people.ts';
import type { ConsoleStage } from './console-stage.ts';

/** What is worth a picture of its own. */
export interface Told {
  readonly contact: string;
  readonly conflict: string;
  readonly letter: string;
}

const by = (name: string): Asker => ({ by: name, via: 'console', key: null });

/** Plays it. */
export async function happen(stage: ConsoleStage, id: (name: string) => string): Promise<Told> {
  const { watch, hub } = stage;
  const titled = (name: string, title: string) => watch.settled(title, id(name), 'job_title', title);
  await editSupabase(stage, id('Elena Papadaki'), { job_title: 'Senior architect' });
  await titled('Elena Papadaki', 'Senior architect');
  await editTwenty(stage, id('Elena Papadaki'), 'Partner');
  await titled('Elena Papadaki', 'Partner');
  await editBigQuery(stage, id('Elena Papadaki'), {
    organization: 'Meltemi & Partners',
    job_title: 'Founding partner',
  });
  await titled('Elena Papadaki', 'Founding partner');
  await editLocal(stage, id('Ivo Novák'), { job_title: 'Concertmaster' });
  await editTwenty(stage, id('Marta Kowalska'), 'Pastry chef');
  await Promise.all([titled('Ivo Novák', 'Concertmaster'), titled('Marta Kowalska', 'Pastry chef')]);
  await hub.desk.restore(contactId(id('Ivo Novák')), { version: 1 }, by('Ben Adler'));

  const here = { job_title: 'Bookbinder and printer', organization: 'Köhler Druck' };
  const there = { job_title: 'Master bookbinder', organization: 'Köhler & Söhne GmbH' };
  const conflict = await tie(stage, id('Clara Hoffmann'), here, there);
  await tie(stage, id('Grace Sullivan'), { job_title: 'Head librarian' }, { job_title: 'Archivist' });
  const decided = await tie(stage, id('Rosa Conti'), { job_title: 'Director' }, { job_title: 'Stage director' });
  const candidate = (await hub.desk.conflict(decided)).conflict.candidates[1]?.content_hash;
  if (candidate !== undefined) await hub.desk.resolve(decided, { candidate }, by('Ann Vogel'));

  for (const system of SYSTEMS) await hub.desk.drift(system, { asker: { ...by('Ann Vogel'), via: 'cli' } });

  await beStrict(stage);
  const long = {
    'Kaspar Lind': 'Beekeeper, orchardist and keeper of the village chronicle',
    'Olivia Hartley': 'Gardener, designer of gardens and judge of roses',
    'Pavel Dvořák': 'Glassblower and teacher of glassblowers in winter',
  };
  for (const [name, job_title] of Object.entries(long)) await editSupabase(stage, id(name), { job_title });
  await stage.clients.local.query(
    `insert into contacts (canonical_name, category_code) values ('Nils Ohne Kategorie', 'Q')`,
  );
  const letters = await Promise.all(Object.keys(long).map((name) => letterOf(stage, id(name))));
  const reason = 'Pavel wishes to be called a glassblower, no more.';
  await hub.desk.discard({ ids: [letters[2] ?? ''] }, reason, by('Ben Adler'));
  await watch.until('the letter of a category that there is not', async () => {
    const { items } = await hub.desk.deadLetters({ code: 'INVALID_CATEGORY' }, { limit: 1 });
    return items.length > 0;
  });
  // As if it had taken most of an hour: charts of one minute show nothing.
  await watch.one(`with moved as (
      update contact_sync_ledger.receipts r
      set at = r.at - wait, last_at = r.last_at - wait
      from (select make_interval(mins => abs(hashint8(n)) % 50) as wait, n from generate_series(0, 999) n) s
      where s.n = abs(hashtext(r.contact_id || r.target || r.version)) % 1000
      returning 1)
    select count(*) from moved`);
  return { contact: id('Elena Papadaki'), conflict, letter: letters[0] ?? '' };
}
