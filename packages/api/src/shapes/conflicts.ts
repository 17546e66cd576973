import { z } from 'zod';
import { actionSchema } from './actions.ts';
import {
  conflictIdSchema,
  contentSchema,
  hashSchema,
  idSchema,
  instantSchema,
  jsonSchema,
  pageOf,
  pageQuery,
  systemSchema,
  versionSchema,
} from './common.ts';

/** One of the contents that tie. */
export const candidateSchema = z
  .object({
    system: systemSchema.nullable().meta({ description: 'Where it was written; null: in the hub.' }),
    record_id: z.string().nullable(),
    content: contentSchema.nullable().meta({ description: 'null: a deletion.' }),
    content_hash: hashSchema,
    last_updated_by: z.string(),
  })
  .meta({ id: 'Candidate' });

/** An exact tie, open or closed. */
export const conflictSchema = z
  .object({
    conflict_id: conflictIdSchema,
    contact_id: idSchema,
    canonical_name: z.string(),
    version: versionSchema,
    last_updated: z.string(),
    candidates: z.array(candidateSchema).meta({ description: 'The canonical one first.' }),
    events: z.number().int(),
    status: z.enum(['open', 'resolved', 'superseded']),
    opened_at: instantSchema,
    closed_at: instantSchema.nullable(),
    closed_by: z.string().nullable(),
    chosen: hashSchema.nullable(),
  })
  .meta({ id: 'Conflict' });

/** One field of a conflict, on every side. */
export const conflictFieldSchema = z
  .object({
    field: z.string().meta({ example: 'llm_context.key_interests' }),
    base: jsonSchema.meta({ description: 'In the version both sides began with; null where it had none.' }),
    values: z.array(jsonSchema).meta({ description: 'One for each candidate, in their order.' }),
    differs: z.boolean().meta({ description: 'The candidates do not agree.' }),
    changed: z.array(z.boolean()).meta({ description: 'For each candidate: whether it changed the base.' }),
  })
  .meta({ id: 'ConflictField' });

/** A conflict with the version that both sides began with, field by field. */
export const conflictDetail = z.object({
  conflict: conflictSchema,
  base: z
    .object({
      version: versionSchema,
      last_updated: z.string(),
      last_updated_by: z.string(),
      content: contentSchema.nullable(),
    })
    .nullable()
    .meta({ description: 'null: both are the first of the contact.' }),
  fields: z.array(conflictFieldSchema),
  actions: z.array(actionSchema),
});

/** Which conflicts. */
export const conflictsQuery = z.object({ ...pageQuery, status: z.enum(['open', 'closed']).default('open') });
/** A page of conflicts: open ones oldest first, closed ones last first. */
export const conflictPage = pageOf(conflictSchema);

/** A candidate; the canonical one with some fields of other sides; or a content written by hand. Exactly one of them. */
export const choiceSchema = z
  .object({
    candidate: hashSchema.optional(),
    fields: z
      .record(z.string(), z.union([hashSchema, z.literal('base')]))
      .optional()
      .meta({
        description: 'Field → the candidate whose value it takes, or `base`. Other fields: the canonical one’s.',
      }),
    content: contentSchema.optional(),
  })
  .refine((one) => [one.candidate, one.fields, one.content].filter((part) => part !== undefined).length === 1, {
    message: 'give exactly one of candidate, fields and content',
    path: ['candidate'],
  })
  .meta({ id: 'Choice' });
