/** The shapes that the port declares, as schemas: what the SQL builds by hand is held to them. */
import {
  contactIdSchema,
  contentHashSchema,
  contentSchema,
  timestampSchema,
  versionSchema,
} from '@contact-sync/contact';
import {
  type ConflictEvent,
  type ContactState,
  type DeadLetter,
  type Delivery,
  type HistoryRow,
  type LedgerStatus,
  type OpenConflict,
  type Snapshot,
  type Standings,
  SYSTEMS,
  type Unappended,
  WORK_QUEUES,
} from '@contact-sync/sync';
import { z } from 'zod';

const system = z.enum(SYSTEMS);
export const count = z.number().int().min(0);
export const key = z.string().regex(/^[1-9]\d*$/);
export const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'not an instant');

export const version = z.strictObject({
  contact_id: contactIdSchema,
  version: versionSchema,
  last_updated: timestampSchema,
  last_updated_by: z.string(),
  content: contentSchema.nullable(),
  content_hash: contentHashSchema,
});
export const known = version.extend({
  status: z.enum(['accepted', 'superseded']),
  source: system.nullable(),
  recorded_at: timestampSchema,
});
const held = z.strictObject({ version: versionSchema, content_hash: contentHashSchema });
const candidate = z.strictObject({
  system: system.nullable(),
  record_id: z.string().nullable(),
  content: contentSchema.nullable(),
  content_hash: contentHashSchema,
  last_updated_by: z.string(),
});

export const openConflict = z.strictObject({
  conflict_id: z.string(),
  contact_id: contactIdSchema,
  version: versionSchema,
  last_updated: timestampSchema,
  candidates: z.array(candidate),
  events: count,
}) satisfies z.ZodType<OpenConflict>;

export const contactState = z.strictObject({
  contact_id: contactIdSchema,
  revision: count,
  head: known.extend({ appended: z.boolean() }).nullable(),
  versions: z.array(known.extend({ appended: z.boolean() })),
  held: z.partialRecord(z.enum(['supabase', 'local', 'twenty']), held),
  links: z.partialRecord(system, z.string()),
  conflict: openConflict.nullable(),
}) satisfies z.ZodType<ContactState>;

const record = z.strictObject({
  record_id: z.string(),
  contact_id: contactIdSchema.nullable(),
  version: count,
  last_updated: timestampSchema,
  last_updated_by: z.string(),
  deleted: z.boolean(),
  edited: z.literal(true).optional(),
  incomplete: z.literal(true).optional(),
  fields: z.record(z.string(), z.json()),
});

export const snapshot = z.strictObject({
  inbox: z.array(z.strictObject({ inbox_id: key, record, dead_letter_id: key.nullable() })),
  links: z.map(z.string(), contactIdSchema),
  contacts: z.map(contactIdSchema, contactState),
}) satisfies z.ZodType<Snapshot>;

export const delivery = version.extend({
  record_id: z.string().nullable(),
  held: version.nullable(),
}) satisfies z.ZodType<Delivery>;

export const deadLetter = z.strictObject({
  dead_letter_id: key,
  queue: z.enum(WORK_QUEUES),
  system,
  key: z.string(),
  contact_id: contactIdSchema.nullable(),
  version: versionSchema.nullable(),
  code: z.string(),
  field: z.string().nullable(),
  reason: z.string(),
  advice: z.string(),
  attempts: count,
  created_at: instant,
}) satisfies z.ZodType<DeadLetter>;

const historyRow = known.extend({ change_id: z.string() }) satisfies z.ZodType<HistoryRow>;
export const conflictEvent = z.strictObject({
  event_id: z.string(),
  conflict_id: z.string(),
  contact_id: contactIdSchema,
  event: z.enum(['opened', 'candidate_added', 'resolved', 'superseded']),
  version: versionSchema,
  last_updated: timestampSchema,
  candidates: z.array(candidate),
  chosen: contentHashSchema.nullable(),
  by: z.string().nullable(),
  recorded_at: timestampSchema,
}) satisfies z.ZodType<ConflictEvent>;
export const unappended = z.strictObject({
  rows: z.array(historyRow),
  events: z.array(conflictEvent),
}) satisfies z.ZodType<Unappended>;

export const ledgerStatus = z.strictObject({
  contacts: count,
  conflicts: count,
  dead_letters: count,
  systems: z.array(
    z.strictObject({
      system,
      pending: count,
      oldest_pending_s: z.number().min(0).nullable(),
      inbox: count,
      oldest_inbox_s: z.number().min(0).nullable(),
      last_success: instant.nullable(),
      dead_letters: count,
    }),
  ),
}) satisfies z.ZodType<LedgerStatus>;

export const standings = z.strictObject({
  now: instant,
  contacts: z.array(
    z.strictObject({
      contact_id: contactIdSchema,
      state: z.enum(['conflict', 'pending', 'dead_letter', 'in_step']),
      changed_at: instant,
    }),
  ),
}) satisfies z.ZodType<Standings>;
