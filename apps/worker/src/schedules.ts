import { type Hub, loggedWith } from '@contact-sync/hub';
import { catalogueOf, LEAST_MS, type Turns } from '@contact-sync/monitor';
import { startScheduleWorker } from '@contact-sync/queue';
import {
  type Comparer,
  faultFields,
  type Intake,
  type Parts,
  type ScheduleName,
  type Sweeper,
  SYSTEMS,
  sweep,
} from '@contact-sync/sync';
import { forgetAll } from './forget-all.ts';

/** So much slower the loops of the worker go by themselves where a schedule keeps the time. */
const SLACK = 4;
const KEEP_MS = 5_000;
/** Every so many looks all is compared, and not only counted. */
const FULL_EVERY = 12;
/** As many pages as a sync brings in step at most: the next one goes on. */
const MOST_PAGES = 200;

/** The loops whose timed work the schedules ask for. */
export interface Loops {
  readonly intake: Intake;
  readonly sweeper: Sweeper;
  readonly comparer: Comparer;
}

/** Schedules that run until they are closed. */
export interface RunningSchedules {
  close(): Promise<void>;
}

/**
 * How often a loop does by itself what a schedule asks it for: it is there for when the queues are away or forgot their
 * schedules. What is to be quicker than any schedule is the loop's alone.
 */
export const loopPeriod = (every_ms: number): number => (every_ms < LEAST_MS ? every_ms : every_ms * SLACK);

/**
 * Put around what a loop does by its own timer: it holds the turn of the schedule, as the schedule's own run does; one that
 * is quicker than any schedule only looks whether it is paused. While the ledger is away the loop finds out, and backs off.
 */
export async function timedRun(
  turns: Turns,
  name: ScheduleName,
  every_ms: number,
  run: () => Promise<void>,
): Promise<void> {
  if (every_ms >= LEAST_MS) await turns.run(name, run, { logged: true, anyway: true });
  else if (!(await turns.paused(name))) await run().catch(() => undefined);
}

/**
 * Makes the schedules where they are missing, works them off, and goes on making them where the queues' backend was emptied.
 *
 * @throws {OutageError} QUEUE_UNREACHABLE when the queues are not there at the start
 */
export async function startSchedules(
  hub: Hub,
  turns: Turns,
  loops: Loops,
  options: { readonly drain_ms: number; readonly lock_ms?: number; readonly stalled_every_ms?: number },
): Promise<RunningSchedules> {
  const work = workOf(hub, turns, loops);
  const { log } = hub.parts;
  const worker = await startScheduleWorker(
    hub.backend,
    async (name, asked, signal) => {
      const { run, ...how } = work[name];
      const ran = await loggedWith({ schedule: name }, () => turns.run(name, run, { ...how, asked, signal }));
      return ran === 'held' ? 'held' : 'over';
    },
    { ...options, onError: (where, error) => log.warn({ where, ...faultFields(error) }, 'a schedule met a fault') },
  );
  const keeper = startKeeper(hub);
  const alerts = startAlertNet(hub, turns, work.alerts);
  return {
    async close() {
      alerts.stop();
      await Promise.all([keeper.stop(), worker.close()]);
    },
  };
}

interface Work {
  run(signal: AbortSignal): Promise<void>;
  /** It logs its own faults. */
  readonly logged?: boolean;
  /** It runs also while the ledger gives no turns. */
  readonly anyway?: boolean;
}

function workOf(hub: Hub, turns: Turns, { intake, sweeper, comparer }: Loops): Readonly<Record<ScheduleName, Work>> {
  const { config, desk, parts, watching } = hub;
  const poll = (system: (typeof SYSTEMS)[number]): Work => ({ run: () => intake.poll(system), logged: true });
  const drift = (system: (typeof SYSTEMS)[number]): Work => ({
    async run(signal) {
      await desk.drift(system, { signal, paced: true });
    },
  });
  return {
    sync: { run: (signal) => syncAll(parts, turns, { intake, sweeper }, config.sweep.grace_ms, signal) },
    sweep: { run: () => sweeper.now(), logged: true },
    'poll-bigquery': poll('bigquery'),
    'poll-supabase': poll('supabase'),
    'poll-local': poll('local'),
    'poll-twenty': poll('twenty'),
    'compare-twenty': { run: (signal) => comparer.now('twenty', signal), logged: true },
    'drift-bigquery': drift('bigquery'),
    'drift-supabase': drift('supabase'),
    'drift-local': drift('local'),
    'drift-twenty': drift('twenty'),
    // A ledger that is away is what it tells of.
    alerts: { run: async (signal) => void (await hub.alerting.round(signal)), anyway: true },
    retention: { run: (signal) => forgetAll(watching.retention, config.retention_days, parts.log, signal) },
  };
}

/**
 * Brings everything in step as a whole: reads what every system has to tell, and takes up whatever was left behind, page by
 * page. What was told to a queue just now is left to it, and what is paused by itself is left out.
 */
async function syncAll(
  parts: Parts,
  turns: Turns,
  { intake, sweeper }: Pick<Loops, 'intake' | 'sweeper'>,
  grace_ms: number,
  signal: AbortSignal,
): Promise<void> {
  const read = await Promise.allSettled(
    SYSTEMS.map(async (system) => {
      if (!(await turns.paused(`poll-${system}`))) await intake.poll(system);
    }),
  );
  const faults: unknown[] = read.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (!(await turns.paused('sweep'))) {
    try {
      await sweeper.now();
      // Without a grace what was told would be told again for ever.
      const grace = Math.max(LEAST_MS, grace_ms);
      for (let page = 0, more = true; more && page < MOST_PAGES; page++) {
        signal.throwIfAborted();
        const { published, reingested, repropagated } = await sweep(parts, { grace_ms: grace });
        more = published + reingested + repropagated > 0;
      }
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) throw faults.length === 1 ? faults[0] : new AggregateError(faults, 'not all is in step');
}

/** Looks every few seconds whether the backend still knows the schedules: quiet while it does. */
function startKeeper({ config, parts, schedules }: Hub): { stop(): Promise<void> } {
  const catalogue = catalogueOf(config);
  const { ambient, log } = parts;
  let looks = 0;
  let failing = false;
  let stopped = false;
  let callOff = () => {};
  const look = async () => {
    try {
      if (looks++ % FULL_EVERY === 0 || (await schedules.count()) !== catalogue.length) {
        const changed = await schedules.keep(catalogue);
        if (changed.length > 0) log.info({ schedules: changed }, 'schedules kept');
      }
      failing = false;
    } catch (error) {
      log[failing ? 'debug' : 'warn'](faultFields(error), 'cannot keep the schedules: will try again');
      failing = true;
      looks = 0;
    }
    if (!stopped) callOff = ambient.after(KEEP_MS, tick);
  };
  let looking = look();
  function tick(): void {
    looking = look();
  }
  return {
    async stop() {
      stopped = true;
      callOff();
      await looking;
    },
  };
}

/** Queues that are away bring no schedules, and people have to be told of that too. */
function startAlertNet({ config, parts }: Hub, turns: Turns, { run, ...how }: Work): { stop(): void } {
  const stopping = new AbortController();
  let callOff = () => {};
  const next = () => {
    callOff = parts.ambient.after(loopPeriod(config.alerts.every_ms), () => {
      void turns.run('alerts', run, { ...how, signal: stopping.signal });
      next();
    });
  };
  next();
  return {
    stop() {
      callOff();
      stopping.abort();
    },
  };
}
