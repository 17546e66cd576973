/** One process of the hub, as the real one runs: reads edits, works the queues, compares, sweeps, takes webhooks. */
import {
  createReceiver,
  type Intake,
  ingest,
  type Log,
  type Parts,
  propagate,
  type Receiver,
  type Sweeper,
  SYSTEMS,
  startComparer,
  startIntake,
  startSweeper,
} from '@contact-sync/sync';
import { overRpc } from './ledger/index.ts';
import type { Process } from './process.ts';
import { queuesOver } from './queue/queues.ts';
import { startWorkers } from './queue/worker.ts';
import type { Rpc } from './rpc.ts';
import { bigQueryAdapter, sqlAdapter, twentyAdapter } from './systems/index.ts';
import type { World } from './world.ts';

/** As the real defaults, but for what is polled: webhooks and wakes come first, and a history is short. */
export const TIMES = {
  poll_ms: { bigquery: 20_000, supabase: 20_000, local: 20_000, twenty: 25_000 },
  sweep: { every_ms: 20_000, grace_ms: 15_000 },
  compare_ms: 30_000,
} as const;

export const BOUNDS = { skew_ms: 300_000, max_version_jump: 1_000 } as const;

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface RunningHub {
  readonly process: Process;
  readonly parts: Parts;
  readonly intake: Intake;
  readonly receiver: Receiver;
}

export function partsOf(world: World, process: Process, rpc: Rpc): Parts {
  const { servers, ledger, backend } = world;
  const { ambient } = process;
  const clock = { now: () => ambient.now() };
  return {
    ledger: overRpc(ledger, rpc),
    queues: queuesOver(backend, rpc),
    canonical: bigQueryAdapter(servers.bigquery, rpc),
    targets: {
      supabase: sqlAdapter('supabase', servers.supabase, rpc),
      local: sqlAdapter('local', servers.local, rpc),
      twenty: twentyAdapter(servers.twenty, rpc, clock),
    },
    ambient,
    bounds: BOUNDS,
    log: SILENT,
  };
}

export function startHub(world: World, process: Process): RunningHub {
  const rpc = world.network.rpcOf(process);
  const parts = partsOf(world, process, rpc);
  let sweeper: Sweeper | null = null;
  startWorkers({
    process,
    backend: world.backend,
    rpc,
    queues: parts.queues,
    handlers: {
      ingest: async (job) => void (await ingest(parts, job)),
      propagate: async (job) => void (await propagate(parts, job)),
    },
    observer: { waiting() {}, flowing() {}, failed: () => sweeper?.failed() },
    onFault: (error) => world.onFault(error),
  });
  sweeper = startSweeper(parts, TIMES.sweep);
  const intake = startIntake(parts, SYSTEMS, { poll_ms: TIMES.poll_ms });
  startComparer(parts, { every_ms: TIMES.compare_ms, pace_ms: 100 });
  return { process, parts, intake, receiver: createReceiver(parts, 'twenty') };
}
