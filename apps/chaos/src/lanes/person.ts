/**
 * A person who decides conflicts, replays dead letters and runs a program that syncs everything by the services, each in a
 * process of its own that may be killed as well.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { errand } from '../fleet.ts';
import { type Arm, type Point, REPLAYING_POINTS, RESOLVING_POINTS, SYNCING_POINTS } from '../points.ts';
import { Deck } from '../seeded.ts';
import type { Stage } from '../stage.ts';

interface Errand {
  readonly what: 'resolve' | 'replay' | 'sync';
  /** Where it dies; `any`: somewhere; `null`: it may live. */
  readonly point: Point | 'any' | null;
}

const WORDS = { resolve: 'while resolving', replay: 'while replaying', sync: 'while a program syncs' } as const;
const nameOf = ({ what, point }: Errand): string =>
  point === null ? `a person: ${what}` : `kill -9 ${WORDS[what]}: ${point === 'any' ? 'at any moment' : point}`;

const ERRANDS: readonly Errand[] = [
  ...RESOLVING_POINTS.map((point): Errand => ({ what: 'resolve', point })),
  ...REPLAYING_POINTS.map((point): Errand => ({ what: 'replay', point })),
  ...SYNCING_POINTS.map((point): Errand => ({ what: 'sync', point })),
  { what: 'sync', point: 'any' },
  { what: 'sync', point: null },
  { what: 'resolve', point: 'any' },
  { what: 'replay', point: 'any' },
  { what: 'resolve', point: null },
  { what: 'resolve', point: null },
  { what: 'replay', point: null },
];

export const expectPerson = ({ tally }: Pick<Stage, 'tally'>): void => tally.expect(ERRANDS.map(nameOf));
export const errandDeck = (stage: Stage): Deck<Errand> =>
  new Deck(ERRANDS, stage.chance.of('errands'), (errand) => stage.tally.lacks(nameOf(errand)));

/** One person; several share a deck. */
export async function deciding(stage: Stage, deck: Deck<Errand>): Promise<void> {
  const { signal, tally } = stage;
  while (!signal.aborted) {
    await sleep(300, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const work = await waiting(stage).catch(() => null);
    const late = stage.late.aborted;
    const never = (one: Errand) => tally.lacks(nameOf(one));
    const card =
      work &&
      // Conflicts come late and are few.
      (deck.dealFitting((one) => one.what === 'resolve' && work.resolve && never(one)) ??
        deck.dealFitting((one) => work[one.what] && (!late || never(one))));
    if (card === null) continue;
    const done = await run(stage, card).catch(() => false);
    if (done) tally.add(nameOf(card));
    else deck.putBack(card);
  }
}

/** What there is for a person to do. */
async function waiting({ ledger }: Stage): Promise<Readonly<Record<Errand['what'], boolean>>> {
  const { rows } = await ledger.query<Record<'resolve' | 'replay', boolean>>(
    `select exists (select from contact_sync_ledger.conflicts where status = 'open') as resolve,
       exists (select from contact_sync_ledger.dead_letters where status = 'open') as replay`,
  );
  return { resolve: rows[0]?.resolve ?? false, replay: rows[0]?.replay ?? false, sync: true };
}

const conflictRow = z.object({
  conflict_id: z.string(),
  contact_id: z.string(),
  candidates: z.string().transform((text) => candidates.parse(JSON.parse(text))),
});
const candidates = z.array(
  z.looseObject({ content_hash: z.string(), content: z.looseObject({ canonical_name: z.string() }).nullable() }),
);

/** @returns whether it came to what the errand was for */
async function run(stage: Stage, { what, point }: Errand): Promise<boolean> {
  const { chance, person, log, desk, signal } = stage;
  const arms: readonly Arm[] = point === null || point === 'any' ? [] : [{ point, nth: 1, deed: 'kill' }];
  const env = { ...person.env, CHAOS_ARMS: JSON.stringify(arms) };
  const killed = new AbortController();
  const timer = point === 'any' ? setTimeout(() => killed.abort(), chance.between(400, 1_200)) : null;
  const late = setTimeout(() => killed.abort(), 12_000);
  const either = AbortSignal.any([killed.signal]);
  try {
    if (what !== 'resolve') {
      const { reports, code } = await errand([what], env, log, either);
      return came(point, reports, code);
    }
    const { rows } = await stage.ledger.query(
      `select conflict_id, contact_id::text, candidates from contact_sync_ledger.conflicts where status = 'open'
       order by opened_at`,
    );
    if (rows.length === 0 || signal.aborted) return false;
    // Not always the oldest: another person may be at it.
    const conflict = conflictRow.parse(chance.pick(rows));
    const choice = chance.pick(conflict.candidates);
    const base = choice.content;
    if (base === null || chance.is(0.7)) {
      const { reports, code } = await errand(['resolve', conflict.conflict_id, choice.content_hash], env, log, either);
      return came(point, reports, code);
    }
    // A merge of the person's own: an edit like others, acknowledged by the process that makes it.
    const token = desk.token();
    let happened = false;
    const asked = { token, system: 'hub', op: 'edit', pool: 'tie', contact_id: conflict.contact_id } as const;
    await desk.log.write(asked, async () => {
      const merge = JSON.stringify({ ...base, job_title: token });
      const { reports, code } = await errand(['resolve', conflict.conflict_id, merge], env, log, either);
      happened = came(point, reports, code);
      if (!reports.some((report) => 'done' in report)) throw new Error('not told that it is done');
      return { version: null, last_updated: null };
    });
    return happened;
  } finally {
    if (timer !== null) clearTimeout(timer);
    clearTimeout(late);
  }
}

/** Died where it should, or did its work where it may. */
function came(point: Errand['point'], reports: Awaited<ReturnType<typeof errand>>['reports'], code: number | null) {
  if (point === null) return code === 0;
  if (point === 'any') return code === null;
  return reports.some((report) => 'at' in report && report.at === point);
}
