/** One run on one backend of the queues: start, break, heal, check, stop. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@contact-sync/demo';
import { freePort, startSandbox } from '@contact-sync/sandbox';
import { type OwnRedis, openHttpProxy } from '@contact-sync/testkit';
import pg from 'pg';
import { z } from 'zod';
import { dump } from './checker/dump.ts';
import { judge, judgeReplay } from './checker/judge.ts';
import { leaksInFolder, leaksInQueueTables } from './checker/leaks.ts';
import { readWorld, type Sources } from './checker/read.ts';
import { startSampler } from './checker/sampler.ts';
import type { Breach, Verdict, World } from './checker/world.ts';
import { AckLog, readEdits } from './edits.ts';
import { errand, Member } from './fleet.ts';
import { init } from './init.ts';
import { deckOf, expectKills, killing, letterName } from './lanes/kills.ts';
import { expectNetwork, heal, networkDeck, spoilingAnswers, spoilingNetworks } from './lanes/network.ts';
import { expectOutages, outages } from './lanes/outages.ts';
import { deciding, errandDeck, expectPerson } from './lanes/person.ts';
import { openLinks } from './links/links.ts';
import { openTcpLink } from './links/tcp.ts';
import { QUIET_MS } from './patience.ts';
import { busyIn } from './queues.ts';
import type { Chance } from './seeded.ts';
import type { BackendKind, Stage } from './stage.ts';
import type { Tally } from './tally.ts';
import { Desk } from './writers/desk.ts';
import { GIVEN_NAME } from './writers/hands.ts';
import { populate, write } from './writers/writers.ts';

export interface RunOptions {
  readonly backend: BackendKind;
  readonly redis: OwnRedis | null;
  readonly local: 'postgres' | 'sqlite';
  readonly chance: Chance;
  readonly ms: number;
  /** So much longer if by then something was never injected. */
  readonly extend_ms: number;
  /** For logs, which stay there when something is found. */
  readonly folder: string;
  readonly tally: Tally;
  readonly say: (text: string) => void;
  /** The user wants it to end. */
  readonly interrupted: AbortSignal;
}

export interface RunResult extends Verdict {
  readonly backend: BackendKind;
  readonly seconds: number;
  /** From the end of the faults until everything was well. */
  readonly quiet_s: number;
}

const WORKERS = 2;
/** In queues and logs these may be nowhere: part of every name, and of every token and email. */
const canariesOf = (mark: string): readonly string[] => [GIVEN_NAME, mark];

export async function run(options: RunOptions): Promise<RunResult> {
  const { backend, redis, chance, folder, tally, say, interrupted } = options;
  const started = Date.now();
  await using stack = new AsyncDisposableStack();
  const deaths: Breach[] = [];
  const mark = `tk${chance.of('mark').between(100_000, 999_999)}${backend === 'redis' ? 'r' : 'p'}`;

  say(`${backend}: the systems start`);
  const serverPort = await freePort();
  const heard = new Set<string>();
  const webhookHttp = await openHttpProxy(`http://127.0.0.1:${serverPort}`, ({ path, body }, status) => {
    if (path.endsWith('/twenty') && status === 200) hear(body, heard);
  });
  stack.defer(() => webhookHttp.close());
  const webhookTcp = await openTcpLink(Number(new URL(webhookHttp.url).port));
  stack.defer(() => webhookTcp.close());
  const sandbox = await startSandbox({
    local: options.local,
    hubPort: webhookTcp.port,
    twentyRequestsPerMinute: 12_000,
  });
  stack.defer(() => sandbox.close());
  const env: Readonly<Record<string, string>> = {
    ...sandbox.env,
    ...(redis === null ? {} : { QUEUE_URL: redis.url }),
    ...SETTINGS,
    PORT: String(serverPort),
    LOG_LEVEL: 'debug',
    NODE_COMPILE_CACHE: join(folder, '..', 'compiled'),
  };
  const logTo = (name: string) => {
    const log = createWriteStream(join(folder, `${name}.log`), { flags: 'a' });
    stack.defer(() => void log.end());
    return log;
  };
  await init(env, logTo('init'));
  if (interrupted.aborted) throw new Interrupted();

  const pool = (url: string | undefined): pg.Pool => {
    const made = new pg.Pool({ connectionString: url, max: 3, connectionTimeoutMillis: 5_000, query_timeout: 15_000 });
    made.on('error', () => {});
    stack.defer(() => made.end());
    return made;
  };
  const ledger = pool(sandbox.env.LEDGER_URL);
  const clients = connect(sandbox.env, sandbox.twenty?.userToken ?? '');
  stack.defer(() => clients.close());
  const sources: Sources = {
    clients,
    ledger,
    local: options.local === 'sqlite' ? null : pool(sandbox.env.LOCAL_URL),
    supabase: pool(sandbox.env.SUPABASE_DB_URL),
  };
  const queue = backend === 'postgres' ? pool(sandbox.env.QUEUE_URL) : null;
  const log = new AckLog(join(folder, 'edits.jsonl'));
  const desk = new Desk({ clients, log, chance: chance.of('writers'), ledger, mark });

  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, interrupted]);
  const standing: Stage['standing'] = new Map();
  const member = async (name: string, role: 'worker' | 'server'): Promise<Member> => {
    const links = await openLinks(env);
    stack.defer(() => links.close());
    const made: Member = new Member({
      name,
      role,
      links,
      log: logTo(name),
      standing: () => (role === 'worker' && !signal.aborted ? [...standing.values()] : []),
      onReport(report) {
        if (!('at' in report) || report.deed !== 'kill' || !standing.delete(report.at)) return;
        tally.add(letterName(report.at));
        // Not again at once: the others need dead letters too.
        setTimeout(() => standing.set(report.at, { point: report.at, nth: 1, deed: 'kill' }), 12_000).unref();
      },
      onEnded({ how, code, signal: by }) {
        if (how === 'by itself')
          deaths.push({
            promise: 'I11',
            contact_id: null,
            token: null,
            what: `${name} ended by itself (${code ?? by}); its log says why`,
          });
      },
    });
    made.start();
    stack.defer(() => made.end());
    return made;
  };
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, (_, index) => member(`worker-${index + 1}`, 'worker')),
  );
  const server = await member('server', 'server');
  const person = await openLinks(env);
  stack.defer(() => person.close());
  const personLog = logTo('person');
  const stage: Stage = {
    ...{ backend, sandbox, redis, queue, ledger, workers, server, person, desk, tally, chance, signal, standing },
    webhooks: { tcp: webhookTcp, http: webhookHttp },
    log: personLog,
  };
  tally.begin();
  expectKills(stage);
  expectNetwork(stage);
  expectOutages(stage);
  expectPerson(stage);
  for (const one of [...workers, server]) await one.until(() => one.ready || interrupted.aborted, 20_000);
  if (interrupted.aborted) throw new Interrupted();

  const sampler = startSampler({ local: sources.local, supabase: sources.supabase });
  stack.defer(() => sampler.stop());
  const canaries = canariesOf(mark);
  const leaks: World['leaks'][number][] = [];
  const lookIntoQueue = async () => {
    if (queue === null || leaks.length > 20) return;
    leaks.push(...(await leaksInQueueTables(queue, canaries).catch(() => [])));
  };

  say(`${backend}: faults and edits for ${Math.round(options.ms / 1000)} s`);
  await populate(desk);
  const until = Date.now() + options.ms;
  const clock = setInterval(() => {
    const now = Date.now();
    if (now >= until && (tally.complete() || now >= until + options.extend_ms)) over.abort();
  }, 200);
  stack.defer(() => clearInterval(clock));
  const workerDeck = deckOf(stage, 'worker');
  const networks = networkDeck(stage);
  await Promise.all([
    write(desk, signal),
    ...workers.map((worker) => killing(stage, worker, 'worker', workerDeck)),
    killing(stage, server, 'server', deckOf(stage, 'server')),
    deciding(stage, errandDeck(stage)),
    spoilingNetworks(stage, networks),
    spoilingAnswers(stage),
    outages(stage),
    (async () => {
      while (!signal.aborted) {
        await sleep(1_500, undefined, { signal }).catch(() => undefined);
        await lookIntoQueue();
      }
    })(),
  ]);
  clearInterval(clock);
  if (interrupted.aborted) throw new Interrupted();

  say(`${backend}: everything is healed, and has to come to rest`);
  standing.clear();
  heal(stage);
  for (const one of [...workers, server]) {
    one.go();
    one.arm([]);
  }
  const healed = Date.now();
  const look = async (): Promise<{ readonly world: World; readonly verdict: Verdict }> => {
    const edits = readEdits(log.path);
    const world = await readWorld(sources, { edits, heard, falls: sampler.falls, leaks: [] });
    return { world, verdict: judge(world) };
  };
  const rest = async (ms: number): Promise<Awaited<ReturnType<typeof look>>> => {
    const deadline = Date.now() + ms;
    let told = '';
    for (;;) {
      const seen = await look().catch((error: unknown) => {
        if (Date.now() > deadline) throw error;
        return null;
      });
      // A fall of a rank stays a breach however long one waits.
      const open = seen?.verdict.breaches.filter(({ promise }) => promise !== 'I2') ?? [null];
      if (seen !== null && (open.length === 0 || Date.now() > deadline)) return seen;
      const left = [...Map.groupBy(open, (breach) => breach?.promise ?? 'not readable')]
        .map(([promise, all]) => `${all.length} × ${promise}`)
        .join(', ');
      if (left !== told) say(`${backend}: still ${left}: ${open[0]?.contact_id ?? ''} ${open[0]?.what ?? ''}`);
      told = left;
      if (interrupted.aborted) throw new Interrupted();
      await sleep(500);
    }
  };
  await rest(QUIET_MS);
  const quiet_s = Math.round((Date.now() - healed) / 100) / 10;

  say(`${backend}: everything is replayed and told again, twice`);
  const again = async () => {
    await errand(['replay'], env, personLog, interrupted);
    const { rows } = await ledger.query<{ system: string; record_id: string; contact_id: string }>(
      'select system, record_id, contact_id::text from contact_sync_ledger.links',
    );
    const records = Object.fromEntries(
      [...Map.groupBy(rows, ({ system }) => system)].map(([system, links]) => [
        system,
        links.map((one) => one.record_id),
      ]),
    );
    const contacts = [...new Set(rows.map(({ contact_id }) => contact_id))];
    const told = await errand(
      ['retell'],
      { ...env, CHAOS_RETELL: JSON.stringify({ records, contacts }) },
      personLog,
      interrupted,
    );
    if (told.code !== 0) throw new Error('everything could not be told again');
    await idle(stage);
    return await rest(15_000);
  };
  const before = await again();
  const after = await again();

  await lookIntoQueue();
  leaks.push(...(await leaksInFolder(folder, canaries, /\.log$/)));
  if (redis !== null) leaks.push(...(await leaksInFolder(redis.folder, canaries, /./)));
  const verdict = judge({ ...after.world, leaks });
  const breaches = [...deaths, ...verdict.breaches, ...judgeReplay(before.world, after.world)];
  if (breaches.length > 0) await dump(folder, sources, sandbox.twenty?.people() ?? []);
  return {
    backend,
    breaches,
    checked: { ...verdict.checked, 'looks at ranks while faults went on': sampler.looks() },
    remarks: verdict.remarks,
    seconds: Math.round((Date.now() - started) / 1000),
    quiet_s,
  };
}

/** It was ended by its user before it came to a verdict. */
export class Interrupted extends Error {}

/** Everything that waits for time comes soon: a run has a minute, not a day. */
const SETTINGS = {
  SWEEP_MS: '500',
  SWEEP_GRACE_MS: '1000',
  LOCAL_POLL_MS: '1000',
  SUPABASE_POLL_MS: '1000',
  TWENTY_POLL_MS: '1000',
  TWENTY_COMPARE_MS: '4000',
  BIGQUERY_POLL_MS: '500',
} as const;

const webhookBody = z.looseObject({
  record: z.looseObject({ jobTitle: z.string().nullish(), deletedAt: z.string().nullish() }),
});

/** The edit that a webhook of Twenty told of. */
function hear(body: string, heard: Set<string>): void {
  const parsed = webhookBody.safeParse(JSON.parse(body));
  const { jobTitle, deletedAt } = parsed.data?.record ?? {};
  // A deletion shows the edit before it too, and does not tell of it.
  if (jobTitle && !deletedAt) heard.add(jobTitle);
}

/** Waits until no queue has anything to do. */
async function idle({ queue, redis }: Stage): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if ((await busyIn(queue, redis)) === 0) return;
    await sleep(200);
  }
}
