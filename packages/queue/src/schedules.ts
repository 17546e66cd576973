import { SCHEDULES, type ScheduleName } from '@contact-sync/sync';
import type { JobsOptions, Queue } from 'bullmq';
import { type Backend, reached, within } from './backend.ts';
import type { ScheduleJob } from './jobs.ts';
import { SCHEDULE_QUEUE } from './names.ts';

const CLOSE_MS = 3_000;
const A_DAY_S = 24 * 60 * 60;
/** One that should have run this long ago, and a period more, has lost the job that comes next: it is made anew. */
const OVERDUE_MS = 60_000;

/** Kept for people to look at; a run that went wrong is told by the ledger, and tried again by the next. */
const JOB_OPTIONS: JobsOptions = {
  removeOnComplete: { count: 500, age: A_DAY_S },
  removeOnFail: { count: 500, age: 7 * A_DAY_S },
  // A stack may quote data.
  stackTraceLimit: 0,
};

/** How often a schedule runs. */
export interface ScheduleEntry {
  readonly name: ScheduleName;
  /** Milliseconds from one run to the next, at least 1,000. */
  readonly every_ms: number;
}

/** BullMQ's job schedulers, one for each schedule. Methods throw {@link OutageError} QUEUE_UNREACHABLE. */
export interface OpenSchedules {
  /**
   * Has exactly these run: what is missing is made, what changed is taken over, what is not named is removed. Any number
   * of processes may say so, again and again: each schedule stays one.
   *
   * @returns the names of those that were made, changed or removed
   */
  keep(catalogue: readonly ScheduleEntry[]): Promise<readonly string[]>;
  /** How many there are: a cheap look whether the backend was emptied. */
  count(): Promise<number>;
  /** When each is due next: ISO 8601 instants. Those that the backend does not know are left out. */
  due(): Promise<ReadonlyMap<ScheduleName, string>>;
  /** Has it run as soon as a worker is free. Asked again before it has run, it runs once. */
  runNow(name: ScheduleName): Promise<void>;
  /** BullMQ's own queue, for Bull Board. */
  readonly bull: Queue;
  /** Ends its part of the connections, within seconds. */
  close(): Promise<void>;
}

/** @throws {OutageError} QUEUE_UNREACHABLE */
export async function openSchedules(backend: Backend): Promise<OpenSchedules> {
  const bull = await backend.queue(SCHEDULE_QUEUE);
  const all = () => reached(bull.getJobSchedulers());
  return {
    bull,
    async keep(catalogue) {
      const known = new Map((await all()).map((one) => [one.key, one]));
      const changed: string[] = [];
      for (const { name, every_ms } of catalogue) {
        const one = known.get(name);
        const overdue = (one?.next ?? 0) < Date.now() - every_ms - OVERDUE_MS;
        if (one?.every === every_ms && !overdue) continue;
        const when = { every: every_ms, offset: offsetOf(name, every_ms) };
        await reached(bull.upsertJobScheduler(name, when, { name, data: {}, opts: JOB_OPTIONS }));
        changed.push(name);
      }
      const named = new Set<string>(catalogue.map(({ name }) => name));
      for (const key of known.keys()) {
        if (named.has(key)) continue;
        await reached(bull.removeJobScheduler(key));
        changed.push(key);
      }
      return changed;
    },
    count: () => reached(bull.getJobSchedulersCount()),
    async due() {
      const schedulers = await all();
      return new Map(
        SCHEDULES.flatMap((name) => {
          const next = schedulers.find(({ key }) => key === name)?.next;
          return next === undefined ? [] : [[name, new Date(next).toISOString()] as const];
        }),
      );
    },
    async runNow(name) {
      const data: ScheduleJob = { asked: true };
      await reached(bull.add(name, data, { ...JOB_OPTIONS, deduplication: { id: `asked-${name}` } }));
    },
    async close() {
      await within(CLOSE_MS, bull.close());
    },
  };
}

/**
 * When in its period a schedule runs. Counted from the epoch, so that processes which make the same schedule at the same
 * moment mean the same job, and an emptied backend does not change the rhythm; and each at another time, so that they do
 * not all begin at once. Never 0, which BullMQ takes for "now".
 */
export const offsetOf = (name: ScheduleName, every_ms: number): number =>
  Math.max(1, Math.floor((every_ms * (SCHEDULES.indexOf(name) + 1)) / (SCHEDULES.length + 1)));
