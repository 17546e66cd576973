/** After the faults: waiting until everything is well, and telling everything again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { judge } from './checker/judge.ts';
import { readWorld, type Sources } from './checker/read.ts';
import type { Verdict, World } from './checker/world.ts';
import { readEdits } from './edits.ts';
import { errand } from './fleet.ts';
import { busyIn } from './queues.ts';
import type { Stage } from './stage.ts';

export interface Looking {
  readonly backend: string;
  readonly sources: Sources;
  /** The log of acknowledged edits. */
  readonly edits: string;
  readonly heard: ReadonlySet<string>;
  readonly falls: World['falls'];
  readonly say: (text: string) => void;
  /** @throws when the run was interrupted */
  readonly goOn: () => void;
}

export interface Seen {
  readonly world: World;
  readonly verdict: Verdict;
}

const LOOK_MS = 500;

/**
 * Looks at everything again and again, until nothing is wrong or the time is over.
 * @returns the last look
 */
export async function rest(looking: Looking, ms: number): Promise<Seen> {
  const { sources, heard, falls, say, goOn, backend } = looking;
  const deadline = Date.now() + ms;
  let told = '';
  for (;;) {
    const seen = await look().catch((error: unknown) => {
      if (Date.now() > deadline) throw error;
      return null;
    });
    // A rank that fell stays a breach however long one waits.
    const open = seen?.verdict.breaches.filter(({ promise }) => promise !== 'I2') ?? [];
    if (seen !== null && (open.length === 0 || Date.now() > deadline)) return seen;
    const left = [...Map.groupBy(open, ({ promise }) => promise)]
      .map(([promise, all]) => `${all.length} × ${promise}`)
      .join(', ');
    if (left !== told) say(`${backend}: not yet ${left}: ${open[0]?.contact_id ?? ''} ${open[0]?.what ?? ''}`);
    told = left;
    goOn();
    await sleep(LOOK_MS);
  }

  async function look(): Promise<Seen> {
    const edits = readEdits(looking.edits);
    const world = await readWorld(sources, { edits, heard, falls, leaks: [] });
    return { world, verdict: judge(world) };
  }
}

/** Replays every dead letter, and tells the queues of every record and every contact. Returns when they are idle. */
export async function again(
  stage: Stage,
  env: Readonly<Record<string, string>>,
  interrupted: AbortSignal,
): Promise<void> {
  await errand(['replay'], env, stage.log, interrupted);
  const { rows } = await stage.ledger.query<{ system: string; record_id: string; contact_id: string }>(
    'select system, record_id, contact_id::text from contact_sync_ledger.links',
  );
  const records = Object.fromEntries(
    [...Map.groupBy(rows, ({ system }) => system)].map(([system, links]) => [
      system,
      links.map((one) => one.record_id),
    ]),
  );
  const contacts = [...new Set(rows.map(({ contact_id }) => contact_id))];
  const CHAOS_RETELL = JSON.stringify({ records, contacts });
  const { code } = await errand(['retell'], { ...env, CHAOS_RETELL }, stage.log, interrupted);
  if (code !== 0 && !interrupted.aborted) throw new Error('everything could not be told again');
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline && (await busyIn(stage.queue, stage.redis)) > 0) await sleep(200);
}
