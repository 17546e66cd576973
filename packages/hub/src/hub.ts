import type { ReadyConfig } from '@contact-sync/config';
import { openLedger } from '@contact-sync/ledger';
import type { Alerting, Health, Monitor } from '@contact-sync/monitor';
import {
  type Backend,
  type OpenQueues,
  type OpenSchedules,
  openBackend,
  openQueues,
  openSchedules,
} from '@contact-sync/queue';
import {
  type Ambient,
  Desk,
  faultFields,
  type Log,
  type OperatorLedger,
  type Parts,
  type Queues,
  type Watching,
} from '@contact-sync/sync';
import { type Closing, closeInOrder } from './closing.ts';
import { type Installed, installLedger, installSystems } from './install.ts';
import { type Closeness, createMonitor } from './monitor.ts';
import { adaptersOf, createSystems, type Systems, WORLD } from './systems.ts';
import { openTracing } from './tracing/tracing.ts';

const CLOSE_MS = 4_000;

/** Everything that the programs work with, put together from a configuration. */
export interface Hub {
  readonly config: ReadyConfig;
  readonly parts: Parts;
  /** What operators see and do. */
  readonly desk: Desk;
  /** What the ledger does for those who watch. */
  readonly watching: Watching;
  readonly backend: Backend;
  readonly queues: OpenQueues;
  /** What runs by itself, as the queues' backend knows it. */
  readonly schedules: OpenSchedules;
  /** How the hub is doing, and what people do about it. */
  readonly monitor: Monitor;
  /** The same, and what stands still of it. */
  readonly health: () => Promise<Health>;
  /** Looks at everything once, and tells people what is wrong. */
  readonly alerting: Alerting;
  /** The two systems that send webhooks, for the server to check them. */
  readonly twenty: Systems['targets']['twenty'];
  readonly supabase: Systems['targets']['supabase'];
  /** Creates what is missing in the ledger, then in every system; a system that cannot be reached stops no other. */
  install(options?: Parameters<typeof installSystems>[1]): Promise<readonly Installed[]>;
  /** Whoever started workers or a server on it closes those before. Bounded; twice is the same as once. */
  close(): Promise<void>;
}

/** What a hub is put together with beside its configuration. */
export interface Assembly {
  /** Default: the clock and the timers of the system, and `Math.random`. */
  readonly ambient?: Ambient;
  /** Puts something around the parts before anybody uses them: who watches them, or makes them fail. */
  readonly around?: (parts: Parts) => Parts;
  /** How closely the monitor looks. */
  readonly closeness?: Closeness;
}

/**
 * Opens the queues, the ledger and the systems.
 *
 * @param log of pino's kind, see {@link openLog}
 * @throws {OutageError} QUEUE_UNREACHABLE; everything else is opened when it is first needed
 */
export async function createHub(config: ReadyConfig, log: Log, assembly: Assembly = {}): Promise<Hub> {
  const { ambient = WORLD, around = (parts) => parts } = assembly;
  const tracing = await openTracing(config.tracing.endpoint, log);
  const last: readonly Closing[] = [{ name: 'tracing', close: tracing.close }];
  const backend = await openBackend(config.databases.queue, {
    onError: (where, error) => log.warn({ where, ...faultFields(error) }, 'a fault beside the jobs'),
    telemetry: tracing.telemetry,
  }).catch(async (error: unknown) => {
    await closeInOrder(log, last, CLOSE_MS);
    throw error;
  });
  const opening = Promise.all([openQueues(backend), openSchedules(backend)]);
  const [queues, schedules] = await opening.catch(async (error: unknown) => {
    await backend.close();
    await closeInOrder(log, last, CLOSE_MS);
    throw error;
  });
  let alerting: Alerting | null = null;
  const first: readonly Closing[] = [
    { name: 'alerting', close: async () => alerting?.close() },
    { name: 'schedules', close: () => schedules.close() },
    { name: 'queues', close: () => queues.close() },
    { name: 'queue backend', close: () => backend.close() },
  ];
  const connected = connect(config, log, ambient, queues, first, last);
  const { systems, install, close } = connected;
  const parts = around(tracing.around(connected.parts));
  const { records, watching } = connected;
  const watched = { config, parts, records, watching, backend, queues, schedules };
  const made = createMonitor(watched, assembly.closeness);
  alerting = made.alerting;
  return {
    ...made,
    config,
    parts,
    desk: new Desk(parts, connected.records, connected.watching.seals),
    watching: connected.watching,
    backend,
    queues,
    schedules,
    twenty: systems.targets.twenty,
    supabase: systems.targets.supabase,
    install,
    close,
  };
}

/** Ledger and systems beside some queues. */
export interface Connected {
  readonly parts: Parts;
  readonly records: OperatorLedger;
  readonly watching: Watching;
  readonly systems: Systems;
  readonly install: Hub['install'];
  readonly close: Hub['close'];
}

/**
 * Opens the ledger and the systems; each connects when it is first needed.
 *
 * @param queues what the parts tell
 * @param first what is closed before the systems and the ledger
 * @param last what is closed after them
 */
export function connect(
  config: ReadyConfig,
  log: Log,
  ambient: Ambient,
  queues: Queues,
  first: readonly Closing[],
  last: readonly Closing[] = [],
): Connected {
  const ledger = openLedger(config.databases.ledger, { storm: config.storm_versions });
  const systems = createSystems(config, log, ambient);
  const closings: readonly Closing[] = [
    ...first,
    { name: 'systems', close: async () => void (await Promise.all(adaptersOf(systems).map((a) => a.close()))) },
    { name: 'ledger', close: () => ledger.close() },
    ...last,
  ];
  let closed: Promise<void> | null = null;
  return {
    records: ledger,
    watching: ledger.watching,
    parts: { ledger, queues, ...systems, ambient, bounds: config.bounds, log },
    systems,
    async install(options = {}) {
      const own = options.dry_run ? [] : [await installLedger(ledger)];
      return own.some(({ error }) => error !== null) ? own : [...own, ...(await installSystems(systems, options))];
    },
    close() {
      closed ??= closeInOrder(log, closings, CLOSE_MS);
      return closed;
    },
  };
}
