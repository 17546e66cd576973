/** What the services are tried with: workers beside them, a program that dies, and BigQuery away. */
import { isReady, loadConfig } from '@contact-sync/config';
import { createHub } from '@contact-sync/hub';
import { type Ledger, type Log, OutageError, type Parts, type SourceAdapter } from '@contact-sync/sync';
import { startWorker } from '@contact-sync/worker';

export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

type Variables = Readonly<Record<string, string>>;

/** A hub's worker that nobody tells anything but the queues: no system wakes it, and its polls are far away. */
export async function startQuietWorker(env: Variables): Promise<() => Promise<void>> {
  const far = String(60 * 60_000);
  const polls = ['BIGQUERY_POLL_MS', 'SUPABASE_POLL_MS', 'LOCAL_POLL_MS', 'TWENTY_POLL_MS', 'SWEEP_MS'];
  const deaf = <T extends SourceAdapter>(adapter: T): T => Object.assign(Object.create(adapter), { watch: undefined });
  const config = loadConfig({ ...env, ...Object.fromEntries(polls.map((name) => [name, far])) });
  if (!isReady(config)) throw new Error('the sandbox configures everything');
  const hub = await createHub(config, SILENT, {
    around: ({ targets, ...parts }) => ({
      ...parts,
      targets: { supabase: targets.supabase, local: deaf(targets.local), twenty: targets.twenty },
    }),
  });
  const worker = await startWorker(hub, { drain_ms: 500 });
  return async () => {
    await worker.close();
    await hub.close();
  };
}

/** Something happens once, between the first answer of this function of the ledger and whoever asked. */
export function afterFirst(parts: Parts, name: keyof Ledger, happens: () => Promise<void>): Parts {
  let happened: Promise<void> | null = null;
  const ledger = new Proxy(parts.ledger, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key, target);
      if (typeof found !== 'function') return found;
      return async (...args: unknown[]) => {
        const answer: unknown = await found.apply(target, args);
        happened ??= key === name ? happens() : null;
        await happened;
        return answer;
      };
    },
  });
  return { ...parts, ledger };
}

export class Death extends Error {}

/** The parts of a process that is killed at its n-th request, whether or not that got through: nothing it asks for is answered. */
export function dyingAt(parts: Parts, n: number): Parts {
  let requests = 0;
  const mortal = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const found: unknown = Reflect.get(target, name, target);
        if (typeof found !== 'function') return found;
        return async (...args: unknown[]) => {
          requests++;
          if (requests > n || (requests === n && n % 2 === 0)) throw new Death();
          const answer: unknown = await found.apply(target, args);
          if (requests >= n) throw new Death();
          return answer;
        };
      },
    });
  const { supabase, local, twenty } = parts.targets;
  const targets = { supabase: mortal(supabase), local: mortal(local), twenty: mortal(twenty) };
  return { ...parts, ledger: mortal(parts.ledger), canonical: mortal(parts.canonical), targets };
}

/** BigQuery can be read, and nothing can be appended. */
export function withoutBigQuery(parts: Parts): Parts {
  const append = async () => {
    throw new OutageError('BIGQUERY_AWAY', 'nobody answers');
  };
  return { ...parts, canonical: Object.assign(Object.create(parts.canonical), { append }) };
}
