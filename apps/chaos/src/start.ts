/** Puts a run together: the sandbox, the network around every process, the hub's processes, the clients. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@contact-sync/demo';
import { freePort, startSandbox } from '@contact-sync/sandbox';
import { type OwnRedis, openHttpProxy } from '@contact-sync/testkit';
import pg from 'pg';
import { z } from 'zod';
import type { Sources } from './checker/read.ts';
import type { Breach } from './checker/world.ts';
import { AckLog } from './edits.ts';
import { Member } from './fleet.ts';
import { init } from './init.ts';
import { letterName } from './lanes/kills.ts';
import { openLinks } from './links/links.ts';
import { openTcpLink } from './links/tcp.ts';
import type { Chance } from './seeded.ts';
import type { BackendKind, Stage } from './stage.ts';
import type { Tally } from './tally.ts';
import { Desk } from './writers/desk.ts';

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

export interface Running {
  readonly stage: Stage;
  readonly sources: Sources;
  /** Where everything really is, past every proxy. */
  readonly env: Readonly<Record<string, string>>;
  /** What every token begins with. */
  readonly mark: string;
  readonly heard: ReadonlySet<string>;
  /** Processes that ended for a reason of their own. */
  readonly deaths: readonly Breach[];
  /** From now on only what was never injected. */
  late(): void;
  /** The time of the faults is over. */
  over(): void;
}

const WORKERS = 3;

/** Everything that waits for time comes soon: a run has a minute, not a day. */
const SETTINGS = {
  SWEEP_MS: '500',
  SWEEP_GRACE_MS: '1000',
  LOCAL_POLL_MS: '1000',
  SUPABASE_POLL_MS: '1000',
  TWENTY_POLL_MS: '1000',
  TWENTY_COMPARE_MS: '4000',
  BIGQUERY_POLL_MS: '500',
  LOG_LEVEL: 'debug',
  // Few contacts are edited by many: as often, now and then, as two programs would that undo each other's edits.
  ECHO_STORM_VERSIONS: '1000',
} as const;

/** @param stack takes what is to be closed in the end @param goOn throws when the run was interrupted */
export async function start(options: RunOptions, stack: AsyncDisposableStack, goOn: () => void): Promise<Running> {
  const { backend, redis, chance, folder, tally, interrupted, local } = options;
  const mark = `tk${chance.of('mark').between(100_000, 999_999)}${backend === 'redis' ? 'r' : 'p'}`;
  const logTo = (name: string): WriteStream => {
    const log = createWriteStream(join(folder, `${name}.log`), { flags: 'a' });
    stack.defer(() => void log.end());
    return log;
  };

  const PORT = String(await freePort());
  const heard = new Set<string>();
  const webhookHttp = await openHttpProxy(`http://127.0.0.1:${PORT}`, ({ path, body }, status) => {
    if (path.endsWith('/twenty') && status === 200) hear(body, heard);
  });
  stack.defer(() => webhookHttp.close());
  const webhooks = await openTcpLink(Number(new URL(webhookHttp.url).port));
  stack.defer(() => webhooks.close());
  const sandbox = await startSandbox({ local, hubPort: webhooks.port, twentyRequestsPerMinute: 12_000 });
  stack.defer(() => sandbox.close());
  const env: Readonly<Record<string, string>> = {
    ...sandbox.env,
    ...(redis === null ? {} : { QUEUE_URL: redis.url }),
    ...SETTINGS,
    PORT,
    NODE_COMPILE_CACHE: join(folder, '..', 'compiled'),
  };
  goOn();
  await init(env, logTo('init'));
  goOn();

  const pool = (url: string | undefined): pg.Pool => {
    const made = new pg.Pool({ connectionString: url, max: 3, connectionTimeoutMillis: 5_000, query_timeout: 15_000 });
    made.on('error', () => {});
    stack.defer(() => made.end());
    return made;
  };
  const ledger = pool(sandbox.env.LEDGER_URL);
  const clients = connect(sandbox.env, sandbox.twenty?.userToken ?? '');
  stack.defer(() => clients.close());
  const log = new AckLog(join(folder, 'edits.jsonl'));
  const desk = new Desk({ clients, log, chance: chance.of('writers'), ledger, mark });

  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, interrupted]);
  const late = new AbortController();
  const standing: Stage['standing'] = new Map();
  const deaths: Breach[] = [];
  const member = async (name: string, role: 'worker' | 'server'): Promise<Member> => {
    const links = await openLinks(env);
    stack.defer(() => links.close());
    const made: Member = new Member({
      ...{ name, role, links },
      log: logTo(name),
      standing: () => (role === 'worker' && !signal.aborted ? [...standing.values()] : []),
      onReport(report) {
        if (!('at' in report) || report.deed !== 'kill' || !standing.delete(report.at)) return;
        tally.add(letterName(report.at));
        // Not again at once: the others need dead letters too.
        setTimeout(() => standing.set(report.at, { point: report.at, nth: 1, deed: 'kill' }), 12_000).unref();
      },
      onEnded({ how, code, signal: by }) {
        const what = `${name} ended by itself (${code ?? by}); its log says why`;
        if (how === 'by itself') deaths.push({ promise: 'I11', contact_id: null, token: null, what });
      },
    });
    made.start();
    stack.defer(() => made.end());
    return made;
  };
  const names = Array.from({ length: WORKERS }, (_, index) => `worker-${index + 1}`);
  const workers = await Promise.all(names.map((name) => member(name, 'worker')));
  const server = await member('server', 'server');
  const person = await openLinks(env);
  stack.defer(() => person.close());
  return {
    stage: {
      ...{ backend, sandbox, redis, ledger, workers, server, person, webhooks, desk, tally, chance, signal, standing },
      late: late.signal,
      queue: backend === 'postgres' ? pool(sandbox.env.QUEUE_URL) : null,
      log: logTo('person'),
    },
    sources: {
      ...{ clients, ledger },
      local: local === 'sqlite' ? null : pool(sandbox.env.LOCAL_URL),
      supabase: pool(sandbox.env.SUPABASE_DB_URL),
    },
    ...{ env, mark, heard, deaths },
    late: () => late.abort(),
    over: () => over.abort(),
  };
}

const webhookBody = z.looseObject({
  eventName: z.string(),
  record: z.looseObject({ jobTitle: z.string().nullish(), deletedAt: z.string().nullish() }),
});

/** The edit that a webhook of Twenty told of, now that the hub has acknowledged it. */
function hear(body: string, heard: Set<string>): void {
  const told = webhookBody.safeParse(JSON.parse(body)).data;
  // A deletion shows the edit before it too, and does not tell of it.
  const deletion = told?.record.deletedAt || /deleted|destroyed/.test(told?.eventName ?? '');
  if (told?.record.jobTitle && !deletion) heard.add(told.record.jobTitle);
}
