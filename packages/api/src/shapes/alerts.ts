import type { AlertCode } from '@contact-sync/sync';
import { z } from 'zod';
import { instantSchema, keySchema, namesOf } from './common.ts';

/** Everything that can be wrong, by its stable code. */
export const alertCodeSchema = z
  .enum(
    namesOf<AlertCode>({
      SYNC_FAILING: true,
      CONFLICT_OPEN: true,
      DRIFT_HIGH: true,
      LATENCY_HIGH: true,
      STALLED: true,
      ECHO_STORM: true,
      CLOCK_SKEW: true,
      QUEUE_NOT_DURABLE: true,
      DEAD_LETTERS_OPEN: true,
      LEDGER_DOWN: true,
      QUEUES_DOWN: true,
      NO_WORKER: true,
    }),
  )
  .meta({ id: 'AlertCode' });

/** Something that is wrong, or was. */
export const alertSchema = z
  .object({
    alert_id: keySchema,
    code: alertCodeSchema,
    subject: z.string().meta({
      description: '`system:<name>`, `queue:<name>`, `contact:<id>` or `hub`.',
      example: 'system:twenty',
    }),
    severity: z.enum(['critical', 'warning']),
    state: z.enum(['pending', 'firing', 'resolved']).meta({
      description: 'pending: wrong, and not for long enough yet; firing: people were told; resolved: it is over.',
    }),
    message: z.string(),
    advice: z.string().meta({ description: 'What to do.' }),
    value: z.number().nullable().meta({ description: 'The number that was too high; null: no matter of degree.' }),
    since: instantSchema.meta({ description: 'Since when it is wrong.' }),
    fired_at: instantSchema.nullable(),
    resolved_at: instantSchema.nullable(),
    acknowledged_by: z.string().nullable(),
    acknowledged_at: instantSchema.nullable(),
    silenced_until: instantSchema.nullable().meta({ description: 'Nothing is sent about it before.' }),
    silenced_by: z.string().nullable(),
  })
  .meta({ id: 'Alert' });

/** Which alerts. */
export const alertsQuery = z.object({
  state: z
    .enum(['open', 'firing', 'resolved', 'all'])
    .optional()
    .meta({ description: 'open, the default: pending or firing.' }),
  code: alertCodeSchema.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
/** Alerts: those that are not over first, the newest first. */
export const alertList = z.object({ items: z.array(alertSchema) });

/** For how long nothing is sent. */
export const silenceSchema = z.object({
  minutes: z.number().int().min(0).max(10_080).meta({ description: 'Up to a week; 0 ends the silence.' }),
});
