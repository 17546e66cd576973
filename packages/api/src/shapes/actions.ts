import type { ActionKind } from '@contact-sync/sync';
import { z } from 'zod';
import { instantSchema, pageOf, pageQuery, textOf } from './common.ts';

/** What somebody did, when, and what came of it. */
export const actionSchema = z
  .object({
    action_id: z.string(),
    kind: z.enum([
      'replay',
      'discard',
      'resolve',
      'restore',
      'import',
      'sync',
      'drift',
      'acknowledge',
      'silence',
      'pause',
      'resume',
      'run',
    ] as const satisfies readonly ActionKind[]),
    by: z.string(),
    via: z.enum(['api', 'console', 'cli', 'program']),
    subjects: z.array(z.string()).meta({ example: ['contact:382956481151511909'] }),
    reason: z.string().nullable(),
    begun_at: instantSchema,
    ended_at: instantSchema.nullable().meta({ description: 'null: under way, or cut off by a crash.' }),
    outcome: z.enum(['done', 'failed']).nullable(),
    result: z.unknown(),
  })
  .meta({ id: 'Action' });

/** Which actions. */
export const actionsQuery = z.object({
  ...pageQuery,
  subject: textOf(0, 200).optional().meta({
    description:
      '`contact:<id>`, `conflict:<id>`, `dead-letter:<id>`, `system:<name>`, `alert:<id>` or `schedule:<name>`.',
  }),
});
/** A page of actions, newest first. */
export const actionPage = pageOf(actionSchema);
