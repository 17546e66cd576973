/** `npm run demo`: the whole system on real data, seen from outside. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBackend, openQueues } from '@contact-sync/queue';
import { startSandbox } from '@contact-sync/sandbox';
import { audit } from './audit.ts';
import { connect } from './clients.ts';
import { startHub } from './hub.ts';
import { Progress } from './progress.ts';
import { printReport, type Report, reportOf } from './report.ts';
import { play } from './scenario.ts';
import { Watch } from './watch.ts';

const USAGE = `Starts everything, plays a scenario with each system's own client, and reads all four systems back.

  npm run demo                  the same, and stays up, printing the addresses to open
  npm run demo -- --exit        ends with 0 only if every contact is equal everywhere
  npm run demo -- --exit --json the last line is the result as one JSON object
  npm run demo -- --local sqlite the local database is an SQLite file instead of a Postgres

With QUEUE_URL=redis://… in the environment the queues live there, else on the embedded Postgres.`;

const { values } = (() => {
  try {
    const parsed = parseArgs({
      options: {
        exit: { type: 'boolean' },
        json: { type: 'boolean' },
        local: { type: 'string', default: 'postgres' },
        help: { type: 'boolean' },
      },
    });
    const local = (['postgres', 'sqlite'] as const).find((kind) => kind === parsed.values.local);
    if (local === undefined) throw new TypeError('--local is neither postgres nor sqlite');
    return { values: { ...parsed.values, local } };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
})();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const interrupted = Promise.withResolvers<'interrupted'>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.resolve('interrupted'));

/** @returns null when it was interrupted */
async function run(): Promise<Report | null> {
  await using cleanup = new AsyncDisposableStack();
  const progress = new Progress(process.stderr);
  const folder = join(process.cwd(), '.contact-sync');
  await mkdir(folder, { recursive: true });
  const logPath = join(folder, `demo-${process.pid}.log`);
  const log = createWriteStream(logPath);
  cleanup.defer(() => void log.end());

  const stage = (async () => {
    const sandbox = await progress.step('the four systems start, locally', () => startSandbox({ local: values.local }));
    cleanup.defer(() => sandbox.close());
    const { QUEUE_URL } = process.env;
    const env = { ...sandbox.env, ...(QUEUE_URL && { QUEUE_URL }) };
    const clients = connect(env, sandbox.twenty?.userToken ?? '');
    cleanup.defer(() => clients.close());
    const hub = await progress.step('the hub starts, told where they are by environment variables', () =>
      startHub(env, log),
    );
    cleanup.defer(() => hub.stop());
    const watch = new Watch(sandbox.env.LEDGER_URL ?? '', hub.died);
    cleanup.defer(() => watch.close());
    const backend = await openBackend(env.QUEUE_URL ?? '');
    cleanup.defer(() => backend.close());
    const queues = await openQueues(backend);
    cleanup.defer(() => queues.close());
    return { sandbox, clients, hub, watch, queues, progress };
  })();
  const story = (async () => {
    const everything = await stage;
    const told = await play(everything);
    const found = await progress.step('all four systems are read back and compared', () => audit(everything.clients));
    return reportOf(found, told, JSON.parse(await everything.hub.command('status', '--json')), progress.seconds());
  })();
  const outcome = await Promise.race([story, interrupted.promise]).catch((error: unknown) => {
    process.stderr.write(`the hub's log: ${logPath}\n`);
    throw error;
  });
  if (outcome === 'interrupted') {
    // What is still starting registers itself for the clean-up first.
    await stage.catch(() => undefined);
    story.catch(() => undefined);
    return null;
  }
  printReport(outcome, values.json === true);
  if (!values.exit) {
    const { hub, sandbox } = await stage;
    console.log(
      `\n  console     ${hub.url}/\n  API         ${hub.url}/api/docs\n  Bull Board  ${hub.url}/queues\n  health      ${hub.url}/readyz`,
    );
    for (const [name, value] of Object.entries(sandbox.env))
      if (/^(LOCAL|LEDGER|SUPABASE|TWENTY)_URL$/.test(name)) console.log(`  ${name.padEnd(12)}${value}`);
    console.log(`  hub's log   ${logPath}\n\n  Edit something anywhere and watch it travel. Ctrl-C ends it all.`);
    await Promise.race([interrupted.promise, hub.died]);
  }
  return outcome;
}

const report = await run();
// Interrupted, the scenario may still wait for something that will not come.
if (report === null) process.exit(130);
process.exitCode = report.ok ? 0 : 1;
