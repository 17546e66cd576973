import { z } from 'zod';
import { alertSchema } from './alerts.ts';
import { idSchema, instantSchema, queueSchema, systemSchema, workQueueSchema } from './common.ts';

const count = z.number().int();

/** How long edits took. */
export const latencySchema = z
  .object({
    count: count.meta({ description: 'Over so many edits.' }),
    p50_ms: z.number().nullable(),
    p95_ms: z.number().nullable(),
    p99_ms: z.number().nullable(),
  })
  .meta({ id: 'Latency', description: 'From the edit until the system had it, over the window, in milliseconds.' });

/** What failed under one code. */
export const errorCountSchema = z
  .object({
    code: z.string(),
    open: count.meta({ description: 'Open dead letters of this code.' }),
    recent: count.meta({ description: 'Faults within the window, those that a retry mended among them.' }),
    per_minute: z.number(),
  })
  .meta({ id: 'ErrorCount' });

/** One system's sync. */
export const systemHealthSchema = z
  .object({
    system: systemSchema,
    reachable: z
      .object({
        ok: z.boolean(),
        latency_ms: z.number(),
        detail: z.string().nullable(),
        skew_ms: z.number().nullable().meta({ description: 'So far its clock is ahead; null: it told none.' }),
      })
      .nullable()
      .meta({ description: 'null: nobody could ask in time.' }),
    pending: count.meta({ description: 'Contacts that are behind and may go.' }),
    oldest_pending_s: z.number().nullable(),
    inbox: count.meta({ description: 'Edits received and not decided over.' }),
    oldest_inbox_s: z.number().nullable(),
    last_success: instantSchema.nullable(),
    dead_letters: count,
    conflicts: count,
    errors: z.array(errorCountSchema),
    finished: count.meta({ description: 'Versions that came there within the window.' }),
    latency: latencySchema,
    drift: z
      .object({ percent: z.number(), started_at: z.string(), took_ms: z.number() })
      .nullable()
      .meta({ description: 'What the last look found; null: nobody has looked yet.' }),
  })
  .meta({ id: 'SystemHealth' });

/** Jobs of one queue. */
export const queueHealthSchema = z
  .object({
    queue: queueSchema,
    waiting: count,
    active: count,
    delayed: count,
    failed: count,
    completed_per_minute: z.number().nullable().meta({ description: 'null: the backend does not count them.' }),
    failed_per_minute: z.number().nullable(),
  })
  .meta({ id: 'QueueHealth' });

/** How the hub itself is. */
export const healthSchema = z
  .object({
    at: instantSchema,
    status: z.enum(['ready', 'degraded', 'stalled', 'unavailable']).meta({
      description:
        'degraded: a system is away; stalled: work waits and nothing is finished; unavailable: the hub itself is.',
    }),
    down: z.array(z.object({ part: z.enum(['ledger', 'queues']), detail: z.string() })),
    ledger: z
      .object({
        at: instantSchema,
        window_s: z.number().meta({ description: 'Over so many seconds rates and latencies are counted.' }),
        contacts: count,
        conflicts: count,
        dead_letters: count,
        storms: z
          .array(z.object({ contact_id: idSchema, versions: count }))
          .meta({ description: 'Contacts that gain versions too fast, with how many within the last minute.' }),
        workers: z
          .array(
            z.object({
              worker_id: z.string(),
              started_at: instantSchema,
              beat_at: instantSchema,
              waiting: z
                .partialRecord(workQueueSchema, z.string())
                .meta({ description: 'Queues that wait for their system, with the code of its fault.' }),
              failing: z
                .partialRecord(systemSchema, z.string())
                .meta({ description: 'Systems whose edits cannot be read, with the code of the fault.' }),
            }),
          )
          .meta({ description: 'Those that told of themselves within the last minute.' }),
      })
      .nullable()
      .meta({ description: 'null: it is away.' }),
    systems: z.array(systemHealthSchema).nullable(),
    queues: z.array(queueHealthSchema).nullable(),
    durability: z
      .object({
        kind: z.enum(['redis', 'postgres']),
        persistent: z.boolean().nullable(),
        evicts: z.boolean().nullable().meta({ description: 'It may throw jobs away when its memory is full.' }),
        detail: z.string(),
      })
      .nullable(),
    alerts: z.array(alertSchema).nullable().meta({ description: 'Those that people were told of.' }),
  })
  .meta({ id: 'Health' });
