import { contactIdSchema } from '@contact-sync/contact';
import {
  type ConflictJob,
  type DeadLetterJob,
  type IngestJob,
  isIngest,
  type PropagateJob,
  type QueueName,
  queueOf,
  SYSTEMS,
  TARGETS,
  WORK_QUEUES,
  type WorkJob,
  type WorkQueue,
} from '@contact-sync/sync';
import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import { propagateQueueOf, queueNames } from './names.ts';

// The type first, the size after it: a size is looked for in whatever has a `length`, and that may be anything.
const filled = (max = Number.POSITIVE_INFINITY) => z.string().pipe(z.string().min(1).max(max));
const some = <Item extends z.ZodType>(item: Item) => z.array(z.unknown()).pipe(z.array(item).min(1));
const recordId = filled(1_000);

/** The data of a job of `ingest`: one record id or more, each of 1 to 1,000 UTF-16 code units. */
export const ingestJobSchema: z.ZodType<IngestJob> = z.object({
  system: z.enum(SYSTEMS),
  record_ids: some(recordId),
});

/** The data of a job of a `propagate-…` queue: one contact id or more. */
export const propagateJobSchema: z.ZodType<PropagateJob> = z.object({
  target: z.enum(TARGETS),
  contact_ids: some(contactIdSchema),
});

/** The data of a job of a `…-dead` queue. */
export const deadLetterJobSchema: z.ZodType<DeadLetterJob> = z.object({
  dead_letter_id: filled(),
  queue: z.enum(WORK_QUEUES),
  system: z.enum(SYSTEMS),
  key: z.string(),
  contact_id: contactIdSchema.nullable(),
  code: z.string(),
  field: z.string().nullable(),
  reason: z.string(),
  advice: z.string(),
});

/** The data of a job of `conflicts`. */
export const conflictJobSchema: z.ZodType<ConflictJob> = z.object({
  conflict_id: filled(),
  contact_id: contactIdSchema,
});

/** What a job of `schedules` carries beside the name of its schedule. `asked`: a person did, so that it runs though paused. */
export interface ScheduleJob {
  readonly asked?: true;
}

/** The data of a job of `schedules`. */
export const scheduleJobSchema: z.ZodType<ScheduleJob> = z.object({ asked: z.literal(true).exactOptional() });

/** A job for each key. */
export const splitJob = (job: WorkJob): readonly WorkJob[] =>
  isIngest(job)
    ? job.record_ids.map((id) => ({ system: job.system, record_ids: [id] }))
    : job.contact_ids.map((id) => ({ target: job.target, contact_ids: [id] }));

/** @returns `null` when the data is not a job of this queue */
export function parseJob(queue: WorkQueue, data: unknown): WorkJob | null {
  const parsed = (queue === 'ingest' ? ingestJobSchema : propagateJobSchema).safeParse(data);
  return parsed.success && queueOf(parsed.data) === queue ? parsed.data : null;
}

/**
 * What can be read of a job whose data is not valid: the keys that are keys, perhaps none. A dead letter has to name
 * something, and a key that was lost here is found again by the ledger's sweep.
 */
export function salvageJob(queue: WorkQueue, data: unknown): WorkJob {
  const field = (name: string): unknown =>
    typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined;
  const valid = <Schema extends z.ZodType>(schema: Schema, list: unknown): z.output<Schema>[] =>
    Array.isArray(list) ? list.flatMap((item) => schema.safeParse(item).data ?? []) : [];
  if (queue === 'ingest') {
    const system = z.enum(SYSTEMS).safeParse(field('system'));
    return system.success
      ? { system: system.data, record_ids: valid(recordId, field('record_ids')) }
      : { system: 'bigquery', record_ids: [] };
  }
  const target = TARGETS.find((name) => propagateQueueOf(name) === queue) ?? 'local';
  return { target, contact_ids: valid(contactIdSchema, field('contact_ids')) };
}

/** More than the default limit of one: BullMQ never resets the count, and each deployment may kill the worker of a job. */
export const MAX_STALLED = 10;

/** How often a job is tried before it fails for good. Waiting for a system that is down or asks to wait spends none. */
export const ATTEMPTS = 8;

/** Jobs of the work queues. The failed set is the durable truth about failures: nothing leaves it by itself. */
export const WORK_OPTIONS: JobsOptions = {
  attempts: ATTEMPTS,
  // The strategy itself is the worker's: the built-in exponential one has no cap.
  backoff: { type: 'capped' },
  removeOnComplete: { count: 1_000, age: 24 * 60 * 60 },
  removeOnFail: false,
  // A stack may quote data.
  stackTraceLimit: 0,
};

/**
 * The same dead letter or conflict twice is one job: BullMQ ignores an id that it has. Ids with `:` and ids of digits
 * alone throw, hence the prefix and the encoding.
 */
export const deadLetterJobId = (id: string): string => `dl-${encodeURIComponent(id.toWellFormed())}`;
/** As {@link deadLetterJobId}, for a conflict. */
export const conflictJobId = (id: string): string => `c-${encodeURIComponent(id.toWellFormed())}`;

export const isWorkQueue = (name: string): name is WorkQueue => WORK_QUEUES.some((queue) => queue === name);
export const isQueueName = (name: string): name is QueueName => queueNames.some((queue) => queue === name);
