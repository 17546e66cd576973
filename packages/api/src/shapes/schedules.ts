import type { ScheduleName } from '@contact-sync/sync';
import { z } from 'zod';
import { instantSchema, namesOf } from './common.ts';

/** What runs by itself, again and again. */
export const scheduleNameSchema = z
  .enum(
    namesOf<ScheduleName>({
      sync: true,
      sweep: true,
      'poll-bigquery': true,
      'poll-supabase': true,
      'poll-local': true,
      'poll-twenty': true,
      'compare-twenty': true,
      'drift-bigquery': true,
      'drift-supabase': true,
      'drift-local': true,
      'drift-twenty': true,
      alerts: true,
      retention: true,
    }),
  )
  .meta({ id: 'ScheduleName' });

/** One schedule: how often, and how it went. */
export const scheduleSchema = z
  .object({
    name: scheduleNameSchema,
    every_ms: z.number(),
    last_began_at: instantSchema.nullable(),
    last_ended_at: instantSchema.nullable(),
    outcome: z.enum(['done', 'failed']).nullable().meta({ description: 'Of the last run that ended.' }),
    code: z.string().nullable().meta({ description: 'Of the fault, when it failed.' }),
    running: z.boolean(),
    runs: z.number().int(),
    next_at: instantSchema.nullable().meta({ description: 'null: it is paused, or the queues do not know it now.' }),
    paused_at: instantSchema.nullable(),
    paused_by: z.string().nullable(),
  })
  .meta({ id: 'Schedule' });

/** Every schedule. */
export const scheduleList = z.object({ items: z.array(scheduleSchema) });
