/** `npm run chaos`: faults in real processes, and an independent checker of what is left. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownRedis } from '@contact-sync/testkit';
import { USAGE, type Wanted, wanted } from './arguments.ts';
import { printReport, type Report } from './report.ts';
import { Interrupted, type RunResult, run } from './run.ts';
import { seeded } from './seeded.ts';
import { Tally } from './tally.ts';

const options = (() => {
  try {
    return wanted(process.argv.slice(2), () => Math.floor(Math.random() * 1_000_000));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
})();
if (options === 'help') {
  console.log(USAGE);
  process.exit(0);
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(130);
    console.error('stopping; once more ends it at once');
    interrupted.abort();
  });

// Not the hub's: this process runs the sandbox and the writers. Everything is taken down in order all the same.
let broken: unknown = null;
process.on('uncaughtException', (error) => {
  broken ??= error;
  interrupted.abort();
});

process.exit(await main(options));

async function main({ minutes, seed, backends, local, json }: Wanted): Promise<number> {
  const started = Date.now();
  const folder = await mkdtemp(join(tmpdir(), 'contact-sync-chaos-'));
  const tally = new Tally();
  const chance = seeded(seed);
  const results: RunResult[] = [];
  const skipped: string[] = [];
  const ms = (minutes * 60_000) / backends.length;
  let kept = true;
  try {
    for (const backend of backends) {
      const redis = backend === 'redis' ? await ownRedis() : null;
      if (backend === 'redis' && redis === null) {
        skipped.push('the half on Redis: there is no redis-server on the PATH');
        continue;
      }
      const logs = join(folder, backend);
      await mkdir(logs);
      try {
        results.push(
          await run({
            ...{ backend, redis, local, tally },
            chance: chance.of(backend),
            ms,
            // What was never injected by then has to be in the last half.
            extend_ms: backend === backends.at(-1) ? Math.max(25_000, ms / 2) : 0,
            folder: logs,
            say: (text) => console.error(`${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s  ${text}`),
            interrupted: interrupted.signal,
          }),
        );
      } finally {
        await redis?.close();
      }
    }
    const breaches = results.flatMap((result) =>
      result.breaches.map((breach) => ({ ...breach, backend: result.backend })),
    );
    kept = breaches.length > 0;
    const backend = backends.length === 1 ? ` --backend ${backends[0]}` : '';
    const report: Report = {
      ok: breaches.length === 0 && results.length > 0,
      ...{ seed, minutes, breaches, skipped },
      seconds: Math.round((Date.now() - started) / 1000),
      rerun: `npm run chaos -- --minutes ${minutes} --seed ${seed}${backend}${local === 'sqlite' ? ' --local sqlite' : ''}`,
      injected: tally.counts(),
      runs: results.map(({ breaches: _, ...result }) => result),
      folder: kept ? folder : null,
    };
    printReport(report, json);
    return report.ok ? 0 : 1;
  } catch (error) {
    if (broken !== null) console.error(broken);
    else if (error instanceof Interrupted) {
      kept = false;
      console.error('stopped before there was anything to judge');
      return 130;
    }
    console.error(error);
    console.error(`logs of all processes and of the edits: ${folder}`);
    return 1;
  } finally {
    if (!kept) await rm(folder, { recursive: true, force: true });
  }
}
