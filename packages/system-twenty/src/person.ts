import { createHash } from 'node:crypto';
import { canonicalJson, isContactId, type Json, timestamp } from '@contact-sync/contact';
import type { SystemRecord } from '@contact-sync/sync';
import { z } from 'zod';
import { LENS_FIELDS } from './lens.ts';

const json: z.ZodType<Json> = z.json();
const composite = z.record(z.string(), json).nullish();

/** A person as REST answers and webhooks carry it, as far as the adapter reads it. */
export const personSchema = z.object({
  id: z.guid(),
  createdAt: z.iso.datetime({ offset: true }),
  updatedAt: z.iso.datetime({ offset: true }),
  deletedAt: z.iso.datetime({ offset: true }).nullish(),
  updatedBy: z.object({ source: z.string().nullish(), workspaceMemberId: z.string().nullish() }).nullish(),
  contactId: z.string().nullish(),
  syncVersion: z.number().nullish(),
  syncUpdatedAt: z.string().nullish(),
  name: composite,
  canonicalName: z.string().nullish(),
  emails: composite,
  phones: composite,
  linkedinLink: composite,
  jobTitle: z.string().nullish(),
  categoryCode: z.string().nullish(),
  subcategoryCode: z.string().nullish(),
  llmContext: json.nullish(),
});
export type Person = z.infer<typeof personSchema>;

/** Something in a record's sync fields that no hub wrote. Holds no value of the record. */
export interface RecordProblem {
  readonly code: 'INVALID_CONTACT_ID' | 'INVALID_SYNC_VERSION';
  readonly record_id: string;
  readonly field: 'contactId' | 'syncVersion';
}

/**
 * A record that claims no valid contact counts as claiming none, and one without a valid number as never delivered:
 * the link in the ledger still tells whose it is, and the next delivery writes both anew. The problem is reported.
 */
export function toRecord(person: Person, onProblem: (problem: RecordProblem) => void): SystemRecord {
  const { contactId: claim, syncVersion: number } = person;
  const contact_id = claim && isContactId(claim) ? claim : null;
  if (claim && contact_id === null) onProblem({ code: 'INVALID_CONTACT_ID', record_id: person.id, field: 'contactId' });
  const numbered = number !== null && number !== undefined;
  const version = numbered && Number.isSafeInteger(number) && number >= 0 ? number : 0;
  if (numbered && version !== number)
    onProblem({ code: 'INVALID_SYNC_VERSION', record_id: person.id, field: 'syncVersion' });
  return {
    record_id: person.id,
    contact_id,
    version,
    last_updated: timestamp(person.updatedAt),
    last_updated_by: ['twenty', person.updatedBy?.source, person.updatedBy?.workspaceMemberId]
      .filter(Boolean)
      .join(':'),
    deleted: typeof person.deletedAt === 'string',
    fields: Object.fromEntries(LENS_FIELDS.map((field) => [field, person[field] ?? null])),
  };
}

/** The same for one state of a record whether it is polled or told by webhook: both show the same person. */
export function changeKey(record: SystemRecord): string {
  const { record_id, contact_id, version, last_updated, last_updated_by, deleted, fields } = record;
  const state = { record_id, contact_id, version, last_updated, last_updated_by, deleted, fields };
  return createHash('sha256').update(canonicalJson(state)).digest('hex');
}
