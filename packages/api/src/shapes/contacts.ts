import { z } from 'zod';
import { actionSchema } from './actions.ts';
import {
  categorySchema,
  contentSchema,
  hashSchema,
  idSchema,
  instantSchema,
  jsonSchema,
  pageOf,
  pageQuery,
  stateSchema,
  systemSchema,
  targetSchema,
  textOf,
  versionSchema,
} from './common.ts';
import { deadLetterSchema } from './dead-letters.ts';

/** A contact in a list. */
export const contactSummary = z
  .object({
    contact_id: idSchema,
    canonical_name: z.string(),
    organization: z.string().nullable(),
    category_code: categorySchema.nullable(),
    version: versionSchema,
    last_updated: z.string(),
    last_updated_by: z.string(),
    deleted: z.boolean(),
    state: stateSchema,
  })
  .meta({ id: 'ContactSummary' });
/** Which contacts. */
export const contactsQuery = z.object({
  ...pageQuery,
  q: textOf(0, 200).optional().meta({ description: 'Words of names, addresses, numbers, organizations; or an id.' }),
  category: categorySchema.optional(),
  state: stateSchema.optional(),
  deleted: z.enum(['true', 'false']).optional(),
});
/** A page of contacts, in the order of their names. */
export const contactPage = pageOf(contactSummary);

/** What a target was given, and when it said so. */
export const receiptSchema = z
  .object({
    contact_id: idSchema,
    target: targetSchema,
    version: versionSchema,
    content_hash: hashSchema,
    at: instantSchema,
    last_at: instantSchema,
    waited_ms: z.number().nullable().meta({ description: 'From when the hub heard of the edit, in milliseconds.' }),
  })
  .meta({ id: 'Receipt' });

/** A contact, and how it stands in each system. */
export const contactDetail = z
  .object({
    contact_id: idSchema,
    version: versionSchema,
    content_hash: hashSchema,
    last_updated: z.string(),
    last_updated_by: z.string(),
    deleted: z.boolean(),
    state: stateSchema,
    conflict_id: z.string().nullable(),
    content: contentSchema.nullable(),
    systems: z.array(
      z.object({
        system: systemSchema,
        record_id: z.string().nullable(),
        version: versionSchema.nullable().meta({ description: 'What it is known to hold; null: nothing.' }),
        behind: z.boolean(),
        since: instantSchema.nullable().meta({ description: 'When it was given that.' }),
        dead_letter_id: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Contact' });

/** One field that a version changed. */
export const changeSchema = z
  .object({ field: z.string(), before: jsonSchema, after: jsonSchema })
  .meta({ id: 'Change' });

/** A version of a contact. */
export const versionDetail = z
  .object({
    version: versionSchema,
    content_hash: hashSchema,
    status: z.enum(['accepted', 'superseded']),
    source: systemSchema.nullable().meta({ description: 'Where it was written; null: in the hub.' }),
    last_updated: z.string(),
    last_updated_by: z.string(),
    recorded_at: z.string(),
    content: contentSchema.nullable(),
  })
  .meta({ id: 'Version' });

const at = { at: instantSchema };
/** Something that happened to a contact. */
export const timelineItem = z
  .discriminatedUnion('kind', [
    z.object({
      ...at,
      kind: z.literal('notification'),
      system: systemSchema,
      record_id: z.string(),
      version: versionSchema,
      last_updated: z.string(),
      last_updated_by: z.string(),
      deleted: z.boolean(),
      outcome: z.enum(['echo', 'accepted', 'superseded', 'conflict', 'ignored']).nullable(),
      decided_at: instantSchema.nullable(),
      dead_letter_id: z.string().nullable(),
    }),
    z.object({
      ...at,
      kind: z.literal('version'),
      version: versionSchema,
      content_hash: hashSchema,
      status: z.enum(['accepted', 'superseded']),
      source: systemSchema.nullable(),
      last_updated: z.string(),
      last_updated_by: z.string(),
      deleted: z.boolean(),
      appended_at: instantSchema.nullable().meta({ description: 'When BigQuery had it.' }),
      changes: z.array(changeSchema).meta({ description: 'Against the accepted version before it.' }),
    }),
    z.object({ ...at, kind: z.literal('receipt'), receipt: receiptSchema }),
    z.object({
      ...at,
      kind: z.literal('conflict'),
      conflict_id: z.string(),
      event: z.enum(['opened', 'candidate_added', 'resolved', 'superseded']),
      version: versionSchema,
      candidates: z.number().int(),
      by: z.string().nullable(),
    }),
    z.object({ ...at, kind: z.literal('dead_letter'), letter: deadLetterSchema }),
    z.object({ ...at, kind: z.literal('action'), action: actionSchema }),
  ])
  .meta({ id: 'TimelineItem' });
/** Which stretch of a timeline. */
export const timelineQuery = z.object({ ...pageQuery });
/** A page of a timeline, newest first. */
export const timelinePage = pageOf(timelineItem);

/** Which version to restore. */
export const restoreSchema = z.object({
  version: versionSchema,
  content_hash: hashSchema.optional().meta({ description: 'Where more than one version has the number.' }),
});
/** What a restore came to. */
export const restored = z.object({
  contact_id: idSchema,
  version: versionSchema.meta({ description: 'Of the head now.' }),
  result: z.enum(['restored', 'unchanged']).meta({ description: 'unchanged: the head says the same already.' }),
});
/** What came of a contact in each system. */
export const synced = z.object({
  contact_id: idSchema,
  version: versionSchema,
  systems: z.record(systemSchema, z.looseObject({ outcome: z.string() })),
});
