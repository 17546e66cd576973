import {
  type Asker,
  type OperatorLedger,
  OutageError,
  PermanentError,
  performed,
  type ScheduleName,
  type TurnLedger,
  type TurnRecord,
} from '@contact-sync/sync';
import type { Monitor, ScheduleReport } from '../monitor.ts';
import type { CatalogueEntry } from './catalogue.ts';

/** What is asked of the queue of schedules. Implemented by `openSchedules` of `@contact-sync/queue`. */
export interface ScheduleQueue {
  /** @throws {OutageError} QUEUE_UNREACHABLE */
  due(): Promise<ReadonlyMap<ScheduleName, string>>;
  /** @throws {OutageError} QUEUE_UNREACHABLE */
  runNow(name: ScheduleName): Promise<void>;
}

/** What operators see of the schedules, and do with them. */
export type ScheduleDesk = Pick<Monitor, 'schedules' | 'pause' | 'resume' | 'run'>;

/**
 * @param catalogue what there is, in the order in which it is shown
 * @param records keeps who paused, resumed or asked for what
 */
export function createScheduleDesk(
  catalogue: readonly CatalogueEntry[],
  turns: TurnLedger,
  queue: ScheduleQueue,
  records: OperatorLedger,
): ScheduleDesk {
  async function schedules(): Promise<readonly ScheduleReport[]> {
    const [records, due] = await Promise.all([turns.turns(), dueIfThere(queue)]);
    const known = new Map(records.map((record) => [record.name, record]));
    return catalogue.map((entry) => reportOf(entry, known.get(entry.name), due.get(entry.name) ?? null));
  }
  async function report(name: ScheduleName): Promise<ScheduleReport> {
    const found = (await schedules()).find((one) => one.name === name);
    if (found === undefined) throw noSuchSchedule();
    return found;
  }
  const does =
    (kind: 'pause' | 'resume' | 'run', change: (name: ScheduleName, asker: Asker) => Promise<void>) =>
    async (name: ScheduleName, asker: Asker): Promise<ScheduleReport> => {
      if (!catalogue.some((one) => one.name === name)) throw noSuchSchedule();
      await performed(records, asker, {
        kind,
        subjects: [`schedule:${name}`],
        asked: { name },
        run: async () => {
          await change(name, asker);
          return { name };
        },
      });
      return await report(name);
    };
  return {
    schedules,
    pause: does('pause', (name, { by }) => turns.pauseSchedule(name, by)),
    resume: does('resume', (name) => turns.resumeSchedule(name)),
    run: does('run', (name) => queue.runNow(name)),
  };
}

/** Queues that are away know nothing now: what else is known is shown all the same. */
async function dueIfThere(queue: ScheduleQueue): Promise<ReadonlyMap<ScheduleName, string>> {
  try {
    return await queue.due();
  } catch (error) {
    if (error instanceof OutageError) return new Map();
    throw error;
  }
}

function reportOf(
  { name, every_ms }: CatalogueEntry,
  record: TurnRecord | undefined,
  next: string | null,
): ScheduleReport {
  const paused_at = record?.paused_at ?? null;
  return {
    name,
    every_ms,
    outcome: record?.outcome ?? null,
    code: record?.code ?? null,
    running: record?.running ?? false,
    runs: record?.runs ?? 0,
    last_began_at: record?.began_at ?? null,
    last_ended_at: record?.ended_at ?? null,
    next_at: paused_at === null ? next : null,
    paused_at,
    paused_by: record?.paused_by ?? null,
  };
}

const noSuchSchedule = (): PermanentError =>
  new PermanentError('NO_SUCH_SCHEDULE', 'there is no schedule of this name', { advice: 'List the schedules.' });
