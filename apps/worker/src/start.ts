import { closeInOrder, type Hub } from '@contact-sync/hub';
import { createTurns } from '@contact-sync/monitor';
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
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import { namedJobs } from './named-jobs.ts';
import { standings } from './observer.ts';
import { loopPeriod, startSchedules, timedRun } from './schedules.ts';

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
  let heartbeat: Heartbeat | null = null;
  const counted = async (system: System, run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      heartbeat?.fault(system, error);
      throw error;
    }
  };
  const workers = await startWorkers(
    hub.backend,
    hub.queues,
    {
      ingest: (job) => counted(job.system, async () => void (await ingest(parts, job))),
      propagate: (job) => counted(job.target, async () => void (await propagate(parts, job))),
    },
    observer,
    {
      ...tuning,
      drain_ms,
      ambient: parts.ambient,
      onError: (where, error) => log.warn({ where, ...faultFields(error) }, 'a job or its worker met a fault'),
      around: namedJobs,
    },
  );
  const turns = createTurns({ turns: hub.watching.turns, ambient: parts.ambient, log });
  const { sweep, poll_ms, compare_ms } = config;
  const sweeper = startSweeper(parts, {
    ...sweep,
    every_ms: loopPeriod(sweep.every_ms),
    timed: (run) => timedRun(turns, 'sweep', sweep.every_ms, run),
    ...(failed_after_ms === undefined ? {} : { failed_after_ms }),
  });
  onFailed = sweeper.failed;
  const intake = startIntake(parts, SYSTEMS, {
    poll_ms: {
      bigquery: loopPeriod(poll_ms.bigquery),
      supabase: loopPeriod(poll_ms.supabase),
      local: loopPeriod(poll_ms.local),
      twenty: loopPeriod(poll_ms.twenty),
    },
    timed: (system, run) => timedRun(turns, `poll-${system}`, poll_ms[system], run),
    onFailure: (system, error) => heartbeat?.fault(system, error),
  });
  const comparer = startComparer(parts, {
    every_ms: loopPeriod(compare_ms),
    timed: (_system, run) => timedRun(turns, 'compare-twenty', compare_ms, run),
  });
  const loops = { intake, sweeper, comparer };
  const schedules = await startSchedules(hub, turns, loops, { ...tuning, drain_ms }).catch(async (error: unknown) => {
    await Promise.all([intake.stop(), comparer.stop(), sweeper.stop(), workers.close()]);
    throw error;
  });
  const status = (): WorkerStatus => ({
    waiting: observer.waitingNow(),
    failing: intake.failing(),
    last_sweep: sweeper.lastSweep(),
  });
  const beats = startHeartbeat({ health: hub.watching.health, ambient: parts.ambient, log, status });
  heartbeat = beats;
  log.info({ backend: hub.backend.kind }, 'worker runs');

  let closed: Promise<void> | null = null;
  return {
    intake,
    status,
    close() {
      // All at once: nothing that still runs needs another of them.
      closed ??= Promise.all([
        closeInOrder(log, [{ name: 'schedules', close: () => schedules.close() }], drain_ms + 6_000),
        closeInOrder(log, [{ name: 'heartbeat', close: () => beats.stop() }], INTAKE_MS),
        closeInOrder(log, [{ name: 'intake', close: () => intake.stop() }], INTAKE_MS),
        closeInOrder(log, [{ name: 'comparer', close: () => comparer.stop() }], INTAKE_MS),
        closeInOrder(log, [{ name: 'sweeper', close: () => sweeper.stop() }], INTAKE_MS),
        closeInOrder(log, [{ name: 'workers', close: () => workers.close() }], drain_ms + 6_000),
      ]).then(() => {});
      return closed;
    },
  };
}
