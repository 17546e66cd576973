/** The shapes that the operators' port declares, as schemas: what the SQL builds by hand is held to them. */
import { CATEGORIES, contactIdSchema, contentHashSchema, timestampSchema, versionSchema } from '@contact-sync/contact';
import {
  ACTIONS,
  type Action,
  type ConflictRecord,
  type ContactSummary,
  type DeadLetterGroup,
  type DeadLetterRecord,
  type FlowPoint,
  type KnownVersion,
  type Receipt,
  SYSTEMS,
  TARGETS,
  type TimelineFact,
  WORK_QUEUES,
} from '@contact-sync/sync';
import { z } from 'zod';
import { conflictEvent, count, deadLetter, instant, key, known, openConflict, version } from './shapes.ts';

const system = z.enum(SYSTEMS);
const target = z.enum(TARGETS);
const state = z.enum(['conflict', 'pending', 'dead_letter', 'in_step']);

export const summary = z.strictObject({
  contact_id: contactIdSchema,
  canonical_name: z.string(),
  organization: z.string().nullable(),
  category_code: z.enum(CATEGORIES).nullable(),
  version: versionSchema,
  last_updated: timestampSchema,
  last_updated_by: z.string(),
  deleted: z.boolean(),
  state,
}) satisfies z.ZodType<ContactSummary>;

export const letterRecord = deadLetter.extend({
  status: z.enum(['open', 'replayed', 'superseded', 'discarded']),
  failed_at: instant,
  closed_at: instant.nullable(),
  closed_by: z.string().nullable(),
}) satisfies z.ZodType<DeadLetterRecord>;

export const letterGroup = z.strictObject({
  queue: z.enum(WORK_QUEUES),
  system,
  code: z.string(),
  count: count.min(1),
  oldest: instant,
}) satisfies z.ZodType<DeadLetterGroup>;

export const conflictRecord = openConflict.extend({
  status: z.enum(['open', 'resolved', 'superseded']),
  opened_at: instant,
  closed_at: instant.nullable(),
  closed_by: z.string().nullable(),
  chosen: contentHashSchema.nullable(),
  canonical_name: z.string(),
}) satisfies z.ZodType<ConflictRecord>;

export const knownVersion = known.extend({ appended: z.boolean() }) satisfies z.ZodType<KnownVersion>;

export const receipt = z.strictObject({
  contact_id: contactIdSchema,
  target,
  version: versionSchema,
  content_hash: contentHashSchema,
  at: instant,
  last_at: instant,
  waited_ms: count.nullable(),
}) satisfies z.ZodType<Receipt>;

export const flowPoint = z.strictObject({
  at: instant,
  target,
  delivered: count.min(1),
  p50_ms: count.nullable(),
  p95_ms: count.nullable(),
}) satisfies z.ZodType<FlowPoint>;

export const action = z.strictObject({
  action_id: key,
  kind: z.enum(ACTIONS),
  subjects: z.array(z.string()),
  by: z.string(),
  via: z.enum(['api', 'console', 'cli', 'program']),
  reason: z.string().nullable(),
  begun_at: instant,
  ended_at: instant.nullable(),
  outcome: z.enum(['done', 'failed']).nullable(),
  result: z.unknown(),
}) satisfies z.ZodType<Action>;

export const fact = z.discriminatedUnion('kind', [
  z.strictObject({
    at: instant,
    kind: z.literal('notification'),
    system,
    record_id: z.string(),
    version: count,
    last_updated: timestampSchema,
    last_updated_by: z.string(),
    deleted: z.boolean(),
    outcome: z.enum(['echo', 'accepted', 'superseded', 'conflict', 'ignored']).nullable(),
    decided_at: instant.nullable(),
    dead_letter_id: key.nullable(),
  }),
  z.strictObject({
    at: instant,
    kind: z.literal('version'),
    version: knownVersion,
    before: version.nullable(),
    appended_at: instant.nullable(),
  }),
  z.strictObject({ at: instant, kind: z.literal('receipt'), receipt }),
  z.strictObject({ at: instant, kind: z.literal('conflict'), event: conflictEvent }),
  z.strictObject({ at: instant, kind: z.literal('dead_letter'), letter: letterRecord }),
  z.strictObject({ at: instant, kind: z.literal('action'), action }),
]) satisfies z.ZodType<TimelineFact>;
