import { closeInOrder, type Hub } from '@contact-sync/hub';
import { startWorkers, type WorkersOptions } from '@contact-sync/queue';
import {
  faultFields,
  type Intake,
  ingest,
  propagate,
  SYSTEMS,
  type System,
  startComparer,
  startIntake,
  startSweeper,
  type WorkQueue,
} from '@contact-sync/sync';
import { standings } from './observer.ts';

type Tuning = 'concurrency' | 'retry' | 'outage' | 'drain_ms' | 'lock_ms' | 'stalled_every_ms';

export interface WorkerOptions extends Pick<WorkersOptions, Tuning> {
  /** Milliseconds from a job's failure to its burial, in which others may join it. Default 100. */
  readonly failed_after_ms?: number;
}

export interface WorkerStatus {
  /** Queues that wait for their system, with the code of its fault. */
  readonly waiting: Readonly<Partial<Record<WorkQueue, string>>>;
  /** Systems whose edits cannot be read, with the code of the fault. */
  readonly failing: Readonly<Partial<Record<System, string>>>;
  /** When the last sweep ended well, milliseconds since the Unix epoch. */
  readonly last_sweep: number | null;
}

export interface RunningWorker {
  readonly intake: Intake;
  status(): WorkerStatus;
  /** Lets what runs end, within about `drain_ms` and 6 seconds. The hub stays open. */
  close(): Promise<void>;
}

const DRAIN_MS = 3_000;
const INTAKE_MS = 4_000;

/**
 * Runs the queues, reads the systems' edits, compares ids and sweeps, until closed. Faults of the outside world are
 * logged and waited out, never thrown.
 *
 * @throws {OutageError} QUEUE_UNREACHABLE when the queues are not there at the start
 */
export async function startWorker(hub: Hub, options: WorkerOptions = {}): Promise<RunningWorker> {
  const { parts, config } = hub;
  const { log } = parts;
  const { failed_after_ms, ...tuning } = options;
  const drain_ms = options.drain_ms ?? DRAIN_MS;
  let onFailed = () => {};
  const observer = standings(log, () => onFailed());
  const workers = await startWorkers(
    hub.backend,
    hub.queues,
    {
      ingest: async (job) => void (await ingest(parts, job)),
      propagate: async (job) => void (await propagate(parts, job)),
    },
    observer,
    {
      ...tuning,
      drain_ms,
      ambient: parts.ambient,
      onError: (where, error) => log.warn({ where, ...faultFields(error) }, 'a job or its worker met a fault'),
    },
  );
  const sweeper = startSweeper(parts, {
    ...config.sweep,
    ...(failed_after_ms === undefined ? {} : { failed_after_ms }),
  });
  onFailed = sweeper.failed;
  const intake = startIntake(parts, SYSTEMS, { poll_ms: config.poll_ms });
  const comparer = startComparer(parts, { every_ms: config.compare_ms });
  log.info({ backend: hub.backend.kind }, 'worker runs');

  let closed: Promise<void> | null = null;
  return {
    intake,
    status: () => ({ waiting: observer.waitingNow(), failing: intake.failing(), last_sweep: sweeper.lastSweep() }),
    close() {
      // All at once: nothing that still runs needs another of them.
      closed ??= Promise.all([
        closeInOrder(log, [{ name: 'intake', close: () => intake.stop() }], INTAKE_MS),
        closeInOrder(log, [{ name: 'comparer', close: () => comparer.stop() }], INTAKE_MS),
        closeInOrder(log, [{ name: 'sweeper', close: () => sweeper.stop() }], INTAKE_MS),
        closeInOrder(log, [{ name: 'workers', close: () => workers.close() }], drain_ms + 6_000),
      ]).then(() => {});
      return closed;
    },
  };
}
