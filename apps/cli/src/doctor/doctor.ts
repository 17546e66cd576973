import type { ReadyConfig } from '@contact-sync/config';
import { openLog, openServices, type Services } from '@contact-sync/hub';
import { adapterOf, SYSTEMS } from '@contact-sync/sync';
import { printJson } from '../print.ts';
import type { ExitCode, Surroundings } from '../surroundings.ts';
import { colour, table } from '../table.ts';
import { type Check, looked, warning } from './check.ts';
import { type Found, type Part, readConfiguration } from './configuration.ts';
import { ledgerChecks } from './ledger.ts';
import { queueChecks } from './queues.ts';
import { nodeCheck, serverChecks } from './server.ts';
import { systemChecks } from './systems.ts';

/** Looks at everything, at once and within seconds. Exits with 1 when something failed. */
export async function doctor(around: Surroundings, options: { readonly json?: true }): Promise<ExitCode> {
  const found = await readConfiguration(around);
  const { config } = found;
  const outside = config === null ? [] : await outsideChecks(found, config);
  const checks = [nodeCheck(process.versions.node), ...found.checks, ...outside];
  const isFailed = checks.some(({ status }) => status === 'failed');
  if (options.json) printJson(around, { ok: !isFailed, checks });
  else around.out(shown(checks));
  return isFailed ? 1 : 0;
}

async function outsideChecks(found: Found, config: ReadyConfig): Promise<readonly Check[]> {
  const services = await openServices(found.env, { log: openLog('silent') });
  const over = new AbortController();
  try {
    const looks = [
      unless(found, 'ledger', () => looked('ledger', () => ledgerChecks(services))),
      unless(found, 'queues', () => looked('queues', () => queueChecks(config, over.signal))),
      ...SYSTEMS.map((system) => unless(found, system, () => looked(system, () => lookAt(services, system, found)))),
    ];
    return [...serverChecks(config, found.unknown), ...(await Promise.all(looks)).flat()];
  } finally {
    over.abort();
    // What does not answer does not close either, and the process ends anyway.
    await Promise.race([services.close(), paused(CLOSE_MS)]);
  }
}

const CLOSE_MS = 1_000;

const paused = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

const lookAt = ({ parts }: Services, system: (typeof SYSTEMS)[number], { unknown }: Found) =>
  systemChecks(adapterOf(parts, system), !unknown.has('mapping') || system === 'bigquery');

async function unless(
  { unknown }: Found,
  part: Part,
  look: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  if (!unknown.has(part)) return await look();
  return [warning(part, 'not looked at: the configuration does not say where it is', 'Mend the configuration first.')];
}

const HUES = { ok: 'green', warning: 'yellow', failed: 'red' } as const;

function shown(checks: readonly Check[]): string {
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length;
  const list = table(
    ['', 'what', 'found, and how to mend it'],
    checks.map(({ what, status, found, mend }) => [
      colour(HUES[status], status),
      what,
      mend === null ? found : `${found}\n→ ${mend}`,
    ]),
  );
  const [bad, odd] = [count('failed'), count('warning')];
  const sum =
    bad + odd === 0 ? colour('green', 'all is well') : `${bad} failed, ${odd} ${odd === 1 ? 'warning' : 'warnings'}`;
  return `${list}\n\n${sum}`;
}
