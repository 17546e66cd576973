import { z } from 'zod';
import { alertSchema } from './alerts.ts';
import { idSchema, instantSchema, systemSchema, targetSchema } from './common.ts';
import { receiptSchema } from './contacts.ts';
import { errorCountSchema, latencySchema } from './health.ts';

const part = z.object({ ok: z.boolean(), latency_ms: z.number(), detail: z.string().nullable() });
const count = z.number().int();

/** What needs a person, or soon will. */
export const attentionSchema = z
  .object({
    code: z.string().meta({ description: 'Stable: SYSTEM_DOWN, CONFLICTS_OPEN, DEAD_LETTERS_OPEN, PENDING_OLD, …' }),
    severity: z.enum(['critical', 'warning']),
    system: systemSchema.nullable(),
    message: z.string(),
    advice: z.string(),
  })
  .meta({ id: 'Attention' });

/** One system: whether it answers, and what waits for it. */
export const systemOverview = z
  .object({
    system: systemSchema,
    ok: z.boolean(),
    latency_ms: z.number(),
    detail: z.string().nullable(),
    pending: count.nullable().meta({ description: 'Contacts that are behind and may go; null: the ledger is away.' }),
    oldest_pending_s: z.number().nullable(),
    inbox: count.nullable().meta({ description: 'Edits received and not decided over.' }),
    oldest_inbox_s: z.number().nullable(),
    last_success: instantSchema.nullable(),
    dead_letters: count.nullable(),
    drift: z
      .object({ percent: z.number(), found: count, at: instantSchema })
      .nullable()
      .meta({ description: 'What the last look found (contact-sync drift); null: nobody has looked lately.' }),
    latency: latencySchema.nullable().meta({ description: 'null: it cannot be told now.' }),
    errors: z.array(errorCountSchema).nullable().meta({ description: 'null: they cannot be told now.' }),
  })
  .meta({ id: 'SystemOverview' });

/** Deliveries to one target in one stretch of time. */
export const flowPoint = z
  .object({
    at: instantSchema,
    target: targetSchema,
    delivered: count,
    p50_ms: z.number().nullable(),
    p95_ms: z.number().nullable(),
  })
  .meta({ id: 'FlowPoint' });

/** Everything at a glance. */
export const overviewSchema = z
  .object({
    at: instantSchema,
    status: z.enum(['ready', 'degraded', 'stalled', 'unavailable']),
    attention: z.array(attentionSchema).meta({ description: 'Worst first; empty: all is well.' }),
    alerts: z
      .array(alertSchema)
      .nullable()
      .meta({ description: 'Those that are firing; null: the ledger, which knows them, is away.' }),
    ledger: part,
    queues: part,
    totals: z.object({ contacts: count, conflicts: count, dead_letters: count }).nullable(),
    systems: z.array(systemOverview),
    queue_counts: z
      .array(z.object({ queue: z.string(), waiting: count, active: count, delayed: count, failed: count }))
      .nullable(),
    flow: z.array(flowPoint).meta({ description: 'The last hour, a minute each.' }),
    latest: z
      .array(z.object({ ...receiptSchema.shape, contact_id: idSchema }))
      .meta({ description: 'What came to the targets last, newest first.' }),
  })
  .meta({ id: 'Overview' });
