import { z } from 'zod';
import { actionSchema } from './actions.ts';
import {
  idSchema,
  instantSchema,
  keySchema,
  listOf,
  pageOf,
  pageQuery,
  systemSchema,
  textOf,
  workQueueSchema,
} from './common.ts';

/** Work that failed for good: what, why, and what to do. */
export const deadLetterSchema = z
  .object({
    dead_letter_id: keySchema,
    queue: workQueueSchema,
    system: systemSchema,
    key: z.string().meta({ description: 'The record (ingest) or the contact (propagate) that failed.' }),
    contact_id: idSchema.nullable(),
    version: z.number().int().nullable(),
    code: z.string(),
    field: z.string().nullable(),
    reason: z.string(),
    advice: z.string().meta({ description: 'What to do.' }),
    attempts: z.number().int(),
    created_at: instantSchema.meta({ description: 'When it failed first.' }),
    failed_at: instantSchema.meta({ description: 'When it failed last.' }),
    status: z.enum(['open', 'replayed', 'superseded', 'discarded']),
    closed_at: instantSchema.nullable(),
    closed_by: z.string().nullable(),
  })
  .meta({ id: 'DeadLetter' });

const filter = {
  status: z.enum(['open', 'closed', 'all']).optional().meta({ description: 'Default: open.' }),
  queue: workQueueSchema.optional(),
  system: systemSchema.optional(),
  code: textOf(1, 100).optional(),
  contact_id: idSchema.optional(),
  before: instantSchema.optional().meta({ description: 'Only those that failed first before.' }),
  since: instantSchema.optional().meta({ description: 'Only those that failed first then or after.' }),
};
/** Which dead letters. */
export const deadLetterFilter = z.object(filter);
/** Which dead letters, a page at a time. */
export const deadLettersQuery = z.object({ ...pageQuery, ...filter });
/** A page of dead letters, newest first. */
export const deadLetterPage = pageOf(deadLetterSchema);

/** How many there are of each kind. */
export const deadLetterGroups = z.object({
  total: z.number().int(),
  groups: z.array(
    z
      .object({
        queue: workQueueSchema,
        system: systemSchema,
        code: z.string(),
        count: z.number().int(),
        oldest: instantSchema,
      })
      .meta({ id: 'DeadLetterGroup' }),
  ),
});

/** One dead letter, and who did what about it. */
export const deadLetterDetail = z.object({ letter: deadLetterSchema, actions: z.array(actionSchema) });

const { status: _, ...openFilter } = filter;
/** Which open dead letters to act on: by their ids, or all that match. */
export const selectionSchema = z
  .object({
    ids: listOf(keySchema, 1, 500).optional(),
    filter: z.strictObject(openFilter).optional().meta({ description: 'All that match; {} are all that are open.' }),
    after: textOf(0, 4_000).optional().meta({ description: 'With `filter`: the `next` of the call before.' }),
    limit: z.number().int().min(1).max(500).default(100).meta({ description: 'With `filter`: the most in one call.' }),
  })
  .refine((selection) => (selection.ids === undefined) !== (selection.filter === undefined), {
    message: 'give either ids or filter',
    path: ['ids'],
  });
/** Which open dead letters to discard, and why. */
export const discardSchema = selectionSchema.safeExtend({ reason: textOf(1, 1_000).regex(/\S/, 'must say something') });

/** What became of each. */
export const replayResults = z.object({
  results: z.array(
    z
      .object({
        dead_letter_id: keySchema,
        result: z.enum(['applied', 'superseded', 'failed', 'not_open']).meta({
          description:
            'superseded: a newer state had been reached, nothing was sent. not_open: closed before, or never there.',
        }),
        code: z.string().nullable(),
      })
      .meta({ id: 'ReplayResult' }),
  ),
  next: z.string().nullable().meta({ description: 'With `filter`: hand it back as `after` for the others.' }),
});
/** What became of each. */
export const discardResults = z.object({
  results: z.array(z.object({ dead_letter_id: keySchema, result: z.enum(['discarded', 'not_open']) })),
  next: z.string().nullable(),
});
