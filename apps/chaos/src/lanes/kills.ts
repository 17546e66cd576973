/** Deaths and stops of the hub's processes, each at its point, one after the other in each lane. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from '../fleet.ts';
import type { LinkName } from '../links/links.ts';
import { ARMED_MS, STOPPED_MS } from '../patience.ts';
import { LETTER_POINTS, type Point, SERVER_POINTS, WORKER_POINTS, ZOMBIE_POINTS } from '../points.ts';
import { Deck } from '../seeded.ts';
import type { Stage } from '../stage.ts';

export type Death =
  | { readonly kind: 'kill' | 'stop'; readonly point: Point | null }
  /** A request is carried out, its answer is dropped, and then the process dies. */
  | { readonly kind: 'lose'; readonly link: LinkName };

const nameOf = (role: string, death: Death): string => {
  if (death.kind === 'lose') return `kill -9 ${role}: done in ${death.link}, before its answer`;
  const where = death.point ?? 'at any moment';
  return death.kind === 'kill' ? `kill -9 ${role}: ${where}` : `SIGSTOP ${role} past its lock: ${where}`;
};

const WORKER_DEATHS: readonly Death[] = [
  ...WORKER_POINTS.map((point): Death => ({ kind: 'kill', point })),
  ...ZOMBIE_POINTS.map((point): Death => ({ kind: 'stop', point })),
  ...(['ledger', 'queue', 'local', 'supabase', 'twenty', 'bigquery'] as const).map(
    (link): Death => ({ kind: 'lose', link }),
  ),
  { kind: 'kill', point: null },
  { kind: 'stop', point: null },
];
const SERVER_DEATHS: readonly Death[] = [
  ...SERVER_POINTS.map((point): Death => ({ kind: 'kill', point })),
  { kind: 'kill', point: null },
  { kind: 'stop', point: null },
];

export const letterName = (point: Point): string => nameOf('worker', { kind: 'kill', point });

export function expectKills({ tally, standing, sandbox }: Pick<Stage, 'tally' | 'standing' | 'sandbox'>): void {
  tally.expect(workerDeaths(sandbox).map((death) => nameOf('worker', death)));
  tally.expect(SERVER_DEATHS.map((death) => nameOf('server', death)));
  tally.expect(LETTER_POINTS.map(letterName));
  for (const point of LETTER_POINTS)
    if (tally.lacks(letterName(point))) standing.set(point, { point, nth: 1, deed: 'kill' });
}

/** Between a process and a file there is nothing to be lost. */
const workerDeaths = ({ env }: Stage['sandbox']): readonly Death[] =>
  WORKER_DEATHS.filter(
    (death) => death.kind !== 'lose' || death.link !== 'local' || !env.LOCAL_URL?.startsWith('sqlite:'),
  );

/** Shared by all lanes of one role. */
export const deckOf = (stage: Stage, role: 'worker' | 'server'): Deck<Death> =>
  new Deck(
    role === 'worker' ? workerDeaths(stage.sandbox) : SERVER_DEATHS,
    stage.chance.of(`order of deaths of a ${role}`),
    (death) => stage.tally.lacks(nameOf(role, death)),
  );

export async function killing(stage: Stage, member: Member, role: string, deck: Deck<Death>): Promise<void> {
  const { signal, tally } = stage;
  const chance = stage.chance.of(`deaths of ${member.name}`);
  while (!signal.aborted) {
    if (!(await member.until(() => member.ready || signal.aborted, 2_000))) continue;
    if (signal.aborted) return;
    const death = stage.late.aborted ? deck.dealFitting((one) => tally.lacks(nameOf(role, one))) : deck.deal();
    if (death === null) return;
    const done = await die(stage, member, death, () => chance.next());
    if (done) tally.add(nameOf(role, death));
    else deck.putBack(death);
  }
}

/** @returns whether it came to pass */
async function die(stage: Stage, member: Member, death: Death, random: () => number): Promise<boolean> {
  const { signal } = stage;
  const wait = Math.round(200 + 800 * random());
  const nth = 1 + Math.floor(2 * random());
  if (death.kind === 'lose') return await dieUnanswered(member, death.link, signal);
  const { kind, point } = death;
  if (point === null) {
    await sleep(wait, undefined, { signal }).catch(() => undefined);
    if (signal.aborted || !member.ready) return false;
    if (kind === 'kill') {
      member.kill();
      return await member.until(() => !member.ready, 5_000);
    }
    member.stop();
    return await wakeUp(member);
  }
  member.arm([{ point, nth, deed: kind }]);
  const over = () => signal.aborted || !member.ready;
  await member.until(over, ARMED_MS);
  if (member.stopped) return await wakeUp(member);
  if (member.ready) {
    member.arm([]);
    // It may have been passed while the arms were on their way.
    return false;
  }
  return member.diedAt === point;
}

/** Stopped for longer than its locks last; what it held others have taken over by then. */
async function wakeUp(member: Member): Promise<boolean> {
  await sleep(STOPPED_MS);
  member.go();
  return true;
}

async function dieUnanswered(member: Member, name: LinkName, signal: AbortSignal): Promise<boolean> {
  let lost = false;
  const onLost = () => {
    lost = true;
    member.kill();
  };
  const { links } = member;
  if (name === 'supabase' || name === 'twenty' || name === 'bigquery') {
    links.answers(name).lose(({ method, path }) => {
      if (lost || method !== 'POST' || !WRITES[name].test(path)) return undefined;
      // Long enough for the request to be carried out.
      setTimeout(onLost, 300);
      links.answers(name).lose(null);
      return 'stall';
    });
    await member.until(() => !member.ready || signal.aborted, ARMED_MS);
    links.answers(name).lose(null);
    return lost;
  }
  const asks = ASKS[name];
  links.tcp(name)?.lose({ asks: (chunk) => asks.some((words) => chunk.includes(words)), onLost });
  await member.until(() => !member.ready || signal.aborted, ARMED_MS);
  links.tcp(name)?.lose(null);
  return lost;
}

const WRITES = { supabase: /contact_sync_apply/, twenty: /\/rest\/batch\/people/, bigquery: /insertAll/ } as const;
/** Words in the requests that write. */
const ASKS = {
  ledger: ['contact_sync_ledger.commit(', 'contact_sync_ledger.delivered('],
  local: ['contact_sync_apply'],
  queue: ['add_job', 'EVALSHA', 'evalsha'],
} as const;
