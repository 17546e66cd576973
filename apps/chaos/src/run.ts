/** One run on one backend of the queues: start, break, heal, check, stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { dump } from './checker/dump.ts';
import { judge, judgeReplay } from './checker/judge.ts';
import { leaksInFolder, leaksInQueueTables } from './checker/leaks.ts';
import { startSampler } from './checker/sampler.ts';
import type { Verdict, World } from './checker/world.ts';
import { deckOf, expectKills, killing } from './lanes/kills.ts';
import { expectNetwork, heal, networkDeck, spoilingAnswers, spoilingNetworks } from './lanes/network.ts';
import { expectOutages, outages } from './lanes/outages.ts';
import { deciding, errandDeck, expectPerson } from './lanes/person.ts';
import { QUIET_MS, REPLAYED_MS } from './patience.ts';
import { again, rest } from './rest.ts';
import type { BackendKind } from './stage.ts';
import { type RunOptions, start } from './start.ts';
import { GIVEN_NAME } from './writers/hands.ts';
import { populate, write } from './writers/writers.ts';

export interface RunResult extends Verdict {
  readonly backend: BackendKind;
  readonly seconds: number;
  /** From the end of the faults until everything was well. */
  readonly quiet_s: number;
}

/** Who decide conflicts and replay dead letters. */
const PEOPLE = 3;

/** It was ended by its user before it came to a verdict. */
export class Interrupted extends Error {}

/** @throws {Interrupted} */
export async function run(options: RunOptions): Promise<RunResult> {
  const { backend, redis, folder, tally, say, interrupted } = options;
  const started = Date.now();
  const goOn = () => {
    if (interrupted.aborted) throw new Interrupted();
  };
  await using stack = new AsyncDisposableStack();
  say(`${backend}: the systems start`);
  const running = await start(options, stack, goOn);
  const { stage, sources, mark, heard, deaths } = running;
  const { queue, workers, server, desk, signal } = stage;
  tally.begin();
  for (const expect of [expectKills, expectNetwork, expectOutages, expectPerson]) expect(stage);
  for (const one of [...workers, server]) await one.until(() => one.ready || interrupted.aborted, 20_000);
  goOn();

  const sampler = startSampler({ local: sources.local, supabase: sources.supabase });
  stack.defer(() => sampler.stop());
  // Part of every name, and of every token and email: in queues and logs they may be nowhere.
  const canaries = [GIVEN_NAME, mark];
  const leaks: World['leaks'][number][] = [];
  const lookIntoQueue = async () => {
    if (queue !== null && leaks.length < 20) leaks.push(...(await leaksInQueueTables(queue, canaries).catch(() => [])));
  };
  const lookingIntoQueue = async () => {
    while (!signal.aborted) {
      await sleep(1_500, undefined, { signal }).catch(() => undefined);
      await lookIntoQueue();
    }
  };

  say(`${backend}: faults and edits for ${Math.round(options.ms / 1000)} s`);
  await populate(desk);
  const until = Date.now() + options.ms;
  const clock = setInterval(() => {
    const now = Date.now();
    if (now >= until) running.late();
    if (now >= until && (tally.complete() || now >= until + options.extend_ms)) running.over();
  }, 200);
  stack.defer(() => clearInterval(clock));
  const workerDeck = deckOf(stage, 'worker');
  const errands = errandDeck(stage);
  await Promise.all([
    write(desk, signal),
    ...workers.map((worker) => killing(stage, worker, 'worker', workerDeck)),
    killing(stage, server, 'server', deckOf(stage, 'server')),
    ...Array.from({ length: PEOPLE }, () => deciding(stage, errands)),
    spoilingNetworks(stage, networkDeck(stage)),
    spoilingAnswers(stage),
    outages(stage),
    lookingIntoQueue(),
  ]);
  goOn();

  say(`${backend}: everything is healed, and has to come to rest`);
  heal(stage);
  const healed = Date.now();
  const looking = { sources, edits: desk.log.path, heard, falls: sampler.falls, say, goOn, backend };
  await rest(looking, QUIET_MS);
  const quiet_s = Math.round((Date.now() - healed) / 100) / 10;

  say(`${backend}: everything is replayed and told again, twice`);
  const twice = async () => {
    await again(stage, running.env, interrupted);
    return await rest(looking, REPLAYED_MS);
  };
  const before = await twice();
  const after = await twice();

  await lookIntoQueue();
  leaks.push(...(await leaksInFolder(folder, canaries, /\.log$/)));
  if (redis !== null) leaks.push(...(await leaksInFolder(redis.folder, canaries, /./)));
  const verdict = judge({ ...after.world, leaks });
  const breaches = [...deaths, ...verdict.breaches, ...judgeReplay(before.world, after.world)];
  if (breaches.length > 0) await dump(folder, sources, stage.sandbox.twenty?.people() ?? []);
  return {
    backend,
    breaches,
    checked: { ...verdict.checked, 'looks at ranks while faults went on': sampler.looks() },
    remarks: verdict.remarks,
    seconds: Math.round((Date.now() - started) / 1000),
    quiet_s,
  };
}
