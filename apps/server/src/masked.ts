/** Jobs as the board may show them: keys, codes and our own sentences. Whoever else writes into a queue may write anything. */
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import {
  conflictJobSchema,
  deadLetterJobSchema,
  ingestJobSchema,
  propagateJobSchema,
  SCHEDULE_QUEUE,
  scheduleJobSchema,
} from '@contact-sync/queue';
import { SCHEDULES } from '@contact-sync/sync';
import { z } from 'zod';
import { boardNameOf, type Shown } from './board-names.ts';

/** In the place of whatever is not known to be a key. */
export const MASK = '•••';

/** A queue of the board whose jobs are masked wherever they are shown, by routes of the board that are yet to come as well. */
export class MaskedAdapter extends BullMQAdapter {
  readonly #name: Shown;

  constructor(name: Shown, ...rest: ConstructorParameters<typeof BullMQAdapter>) {
    super(...rest);
    this.#name = name;
  }

  override getName(): string {
    return boardNameOf(this.#name);
  }

  override async getJob(id: string): ReturnType<BullMQAdapter['getJob']> {
    const job = await super.getJob(id);
    return job ? this.#masked(job) : job;
  }

  override async getJobs(...which: Parameters<BullMQAdapter['getJobs']>): ReturnType<BullMQAdapter['getJobs']> {
    return (await super.getJobs(...which)).map((job) => this.#masked(job));
  }

  override async getJobLogs(id: string): Promise<string[]> {
    return (await super.getJobLogs(id)).map(() => MASK);
  }

  /** Ours are in one queue alone; what somebody else schedules has data of theirs. */
  override async getJobSchedulers(): ReturnType<BullMQAdapter['getJobSchedulers']> {
    if (this.#name !== SCHEDULE_QUEUE) return [];
    const all = await super.getJobSchedulers();
    return SCHEDULES.flatMap((id) => {
      const known = all.find((one) => one.id === id);
      return known === undefined ? [] : [{ id, name: id, every: known.every ?? 0, next: known.next ?? 0 }];
    });
  }

  #masked<Job extends { toJSON(): object }>(job: Job): Job {
    const told = job.toJSON();
    return Object.assign(job, { toJSON: () => maskedJob(this.#name, told) });
  }
}

function maskedJob(queue: Shown, job: object): object {
  return Object.fromEntries(
    Object.entries(job).map(([field, value]: [string, unknown]) => {
      switch (field) {
        // By its id a job is asked for, so it is shown.
        case 'id':
          return [field, value];
        case 'name':
          return [field, JOB_NAMES.has(value) ? value : MASK];
        case 'data':
          return [field, maskedData(queue, value)];
        case 'failedReason':
          return [field, maskedReason(value)];
        default:
          return [field, masked(value)];
      }
    }),
  );
}

const JOB_NAMES: ReadonlySet<unknown> = new Set(['ingest', 'propagate', 'dead-letter', 'conflict', ...SCHEDULES]);

/** What is a job of its queue is shown by the fields that such a job has, anything else not at all. */
export function maskedData(queue: Shown, data: unknown): unknown {
  const { data: known } = schemaOf(queue).safeParse(data);
  if (known === undefined) return MASK;
  const more = typeof data === 'object' && data !== null && Object.keys(data).some((field) => !(field in known));
  return more ? { ...known, [MASK]: MASK } : known;
}

function schemaOf(queue: Shown): z.ZodType<object> {
  if (queue === SCHEDULE_QUEUE) return scheduleJobSchema;
  if (queue === 'conflicts') return conflictJobSchema;
  if (queue.endsWith('-dead')) return deadLetterJobSchema;
  return queue === 'ingest' ? ingestJobSchema : propagateJobSchema;
}

/** As `@contact-sync/queue` writes it: code, reason and advice, which are ours. */
const failureSchema = z.strictObject({
  code: z.string().regex(/^[A-Z][A-Z_]{0,60}$/),
  reason: z.string(),
  advice: z.string(),
  field: z.string().nullable(),
});
/** BullMQ's own. */
const STALLED = 'job stalled more than allowable limit';

function maskedReason(reason: unknown): unknown {
  if (reason === undefined || reason === null || reason === '' || reason === STALLED) return reason;
  try {
    return failureSchema.safeParse(JSON.parse(String(reason))).success ? reason : MASK;
  } catch {
    return MASK;
  }
}

/** Of the options of a job, those that our jobs have. */
const OPTIONS = new Set([
  ...[
    'attempts',
    'delay',
    'backoff',
    'removeOnComplete',
    'removeOnFail',
    'count',
    'age',
    'stackTraceLimit',
    'priority',
  ],
]);

/** Numbers are counts and times; texts may be anything. */
function masked(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? value : MASK;
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => (OPTIONS.has(key) ? [key, masked(item)] : [MASK, MASK])),
  );
}
