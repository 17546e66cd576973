/** People and programs that edit in all systems at once, for as long as the faults last. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool, SYSTEMS, type System } from '../edits.ts';
import type { Chance } from '../seeded.ts';
import type { Desk, Known } from './desk.ts';
import { forceTie } from './ties.ts';

const POPULATION: Readonly<Record<Pool, number>> = { free: 22, tie: 20, invalid: 6, twin: 6, grave: 10, phoenix: 6 };
/** BigQuery is slow to write to, one statement after the other. */
const BIRTHPLACES: readonly System[] = ['local', 'supabase', 'twenty', 'local', 'supabase', 'twenty', 'bigquery'];
/** Milliseconds between two edits of one writer, on average. */
const PACE: Readonly<Record<System, number>> = { local: 160, supabase: 200, twenty: 260, bigquery: 700 };

/** Makes the contacts that the run begins with, born in all systems. */
export async function populate(desk: Desk): Promise<void> {
  const births: Promise<unknown>[] = [];
  let turn = 0;
  for (const [pool, count] of Object.entries(POPULATION))
    for (let index = 0; index < count; index++) {
      const system = BIRTHPLACES[turn++ % BIRTHPLACES.length] ?? 'local';
      // The names of the record above.
      if (pool !== 'twin') births.push(create(desk, system, pool as Pool));
      // Every other one is born with the email of the one before, where nobody minds.
      else births.push(create(desk, index % 2 === 0 ? 'local' : 'supabase', pool, `twin of ${index >> 1}`));
    }
  await Promise.all(births);
}

function create(desk: Desk, system: System, pool: Pool, address?: string): Promise<boolean> {
  const [token, name] = [desk.token(), desk.name(pool)];
  const email = desk.email((address ?? name).replaceAll(' ', '-'));
  return desk.log.write({ token, system, op: 'create', pool, contact_id: null }, () =>
    desk.hands[system].create(name, token, email),
  );
}

/** All writers at once. Resolves when the last has put its pen down. */
export async function write(desk: Desk, signal: AbortSignal): Promise<void> {
  const loop = async (name: string, pace: number, step: (chance: Chance) => Promise<unknown>) => {
    const chance = desk.chance.of(name);
    while (!signal.aborted) {
      await sleep(pace * (0.4 + 1.2 * chance.next()), undefined, { signal }).catch(() => undefined);
      // What a writer cannot read for now it leaves alone.
      if (!signal.aborted) await step(chance).catch(() => undefined);
    }
  };
  await Promise.all([
    loop('directory', 700, () => desk.refresh()),
    ...SYSTEMS.map((system) => loop(`edits in ${system}`, PACE[system], (chance) => editFree(desk, system, chance))),
    loop('two at once', 600, (chance) => editTwice(desk, chance)),
    loop('births', 2_500, (chance) => create(desk, chance.pick(SYSTEMS), 'free')),
    loop('ties', 900, (chance) => Promise.all([forceTie(desk, chance), forceTie(desk, chance)])),
    loop('invalid', 900, (chance) => editInvalid(desk, chance)),
    loop('twins', 1_000, (chance) => editTwin(desk, chance)),
    loop('graves', 1_800, (chance) => bury(desk, chance)),
    loop('phoenixes', 1_500, (chance) => burn(desk, chance)),
  ]);
}

async function editFree(desk: Desk, system: System, chance: Chance): Promise<void> {
  const known = desk.of('free');
  if (known.length === 0) return;
  const { contact_id, deleted, name } = chance.pick(known);
  const token = desk.token();
  const asked = { token, system, pool: 'free', contact_id } as const;
  const hand = desk.hands[system];
  if (deleted) {
    await desk.log.write({ ...asked, op: 'revive' }, () => hand.revive(contact_id, token, name));
  } else if (chance.is(0.05)) {
    const how = chance.is(0.3) ? 'hard' : 'soft';
    const traceable = system === 'bigquery' || (system !== 'twenty' && how === 'soft');
    await desk.log.write({ ...asked, op: 'delete', traceable }, () => hand.remove(contact_id, token, how));
  } else {
    const change = chance.is(0.3) ? { interest: `interest of ${token}` } : {};
    await desk.log.write({ ...asked, op: 'edit' }, () => hand.edit(contact_id, token, change));
  }
}

/** Two systems edit one contact at the same time; mostly one wins, and sometimes it is a tie. */
async function editTwice(desk: Desk, chance: Chance): Promise<void> {
  const known = desk.of('free').filter(({ deleted }) => !deleted);
  if (known.length === 0) return;
  const { contact_id } = chance.pick(known);
  const moment = chance.is(0.5) ? { moment: new Date().toISOString() } : {};
  const [one, other] = chance.shuffled(SYSTEMS);
  await Promise.all(
    [one, other].flatMap((system) => {
      if (system === undefined) return [];
      const token = desk.token();
      return desk.log.write({ token, system, op: 'edit', pool: 'free', contact_id }, () =>
        desk.hands[system].edit(contact_id, token, moment),
      );
    }),
  );
}

/** Whoever put a contact into disorder puts it right again, in the same system. */
const disorder = new WeakMap<Desk, Map<string, System>>();
const disorderOf = (desk: Desk): Map<string, System> => {
  const found = disorder.get(desk) ?? new Map<string, System>();
  disorder.set(desk, found);
  return found;
};

async function editInvalid(desk: Desk, chance: Chance): Promise<void> {
  const known = desk.of('invalid').filter(({ deleted }) => !deleted);
  if (known.length === 0) return;
  const { contact_id } = chance.pick(known);
  const wrong = disorderOf(desk);
  const broken = wrong.get(contact_id);
  const token = desk.token();
  if (broken !== undefined) {
    if (chance.is(0.4)) return;
    const done = await desk.log.write({ token, system: broken, op: 'edit', pool: 'invalid', contact_id }, () =>
      desk.hands[broken].edit(contact_id, token, { category_code: chance.pick(['A', 'B', 'C']) }),
    );
    if (done) wrong.delete(contact_id);
    return;
  }
  const system = chance.pick(['local', 'supabase', 'bigquery'] as const);
  wrong.set(contact_id, system);
  await desk.log.write({ token, system, op: 'invalid', pool: 'invalid', contact_id }, () =>
    desk.hands[system].edit(contact_id, token, { category_code: 'Q' }),
  );
}

/** A contact gets the email of another, which Twenty allows but once; later it gets its own again. */
async function editTwin(desk: Desk, chance: Chance): Promise<void> {
  const known = desk.of('twin').filter(({ deleted }) => !deleted);
  const [one, other] = chance.shuffled(known);
  if (one === undefined || other === undefined) return;
  const wrong = disorderOf(desk);
  const alike = [...wrong].find(([id]) => known.some(({ contact_id }) => contact_id === id));
  const token = desk.token();
  const edit = (twin: Known, system: System, email: string) =>
    desk.log.write({ token, system, op: 'edit', pool: 'twin', contact_id: twin.contact_id }, () =>
      desk.hands[system].edit(twin.contact_id, token, { email }),
    );
  if (alike === undefined) {
    const system = chance.pick(['local', 'supabase'] as const);
    wrong.set(one.contact_id, system);
    await edit(one, system, desk.email(other.name));
    return;
  }
  const [id, system] = alike;
  const twin = known.find(({ contact_id }) => contact_id === id);
  if (twin !== undefined && chance.is(0.6) && (await edit(twin, system, desk.email(twin.name)))) wrong.delete(id);
}

const HOW = [
  ['local', 'soft'],
  ['local', 'hard'],
  ['supabase', 'soft'],
  ['supabase', 'hard'],
  ['twenty', 'soft'],
  ['twenty', 'hard'],
  ['bigquery', 'soft'],
] as const;

async function remove(desk: Desk, { contact_id, pool }: Known, chance: Chance, ways: readonly (typeof HOW)[number][]) {
  const [system, how] = chance.pick(ways);
  const token = desk.token();
  const traceable = system === 'bigquery' || (system !== 'twenty' && how === 'soft');
  return await desk.log.write({ token, system, op: 'delete', pool, contact_id, traceable }, () =>
    desk.hands[system].remove(contact_id, token, how),
  );
}

/** Deleted while nothing else happens to it, and never touched again. */
async function bury(desk: Desk, chance: Chance): Promise<void> {
  const known = await desk.calmAmong(desk.of('grave').filter(({ deleted }) => !deleted));
  if (known.length === 0) return;
  const grave = chance.pick(known);
  if ((await desk.calm(grave.contact_id)) === null) return;
  desk.taken.add(grave.contact_id);
  await remove(desk, grave, chance, HOW);
}

/** Deleted, and taken back once everybody has heard of it. */
async function burn(desk: Desk, chance: Chance): Promise<void> {
  const known = desk.of('phoenix');
  if (known.length === 0) return;
  const phoenix = chance.pick(known);
  const { contact_id, deleted, name } = phoenix;
  if (!deleted) {
    if ((await desk.calm(contact_id)) === null) return;
    // A row that is gone could be brought back by its id alone.
    await remove(
      desk,
      phoenix,
      chance,
      HOW.filter(([system, how]) => how === 'soft' && system !== 'twenty'),
    );
    return;
  }
  const { rows } = await desk.ledger.query(
    `select from contact_sync_ledger.heads h where h.contact_id = $1 and h.deleted and not exists (
       select from contact_sync_ledger.deliveries d where d.contact_id = h.contact_id and d.behind)`,
    [contact_id],
  );
  if (rows.length === 0) return;
  const system = chance.pick(['local', 'supabase', 'bigquery'] as const);
  const token = desk.token();
  await desk.log.write({ token, system, op: 'revive', pool: 'phoenix', contact_id }, () =>
    desk.hands[system].revive(contact_id, token, name),
  );
}
