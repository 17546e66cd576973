import { createHash } from 'node:crypto';
import { type ContactId, canonicalJson, type Fields } from '@contact-sync/contact';
import { type ApplyOutcome, type Delivery, PermanentError, type SystemRecord, type Version } from '@contact-sync/sync';
import type { PersonLens } from './lens.ts';
import type { CompleteMapping } from './mapping.ts';
import type { Row } from './people.ts';

/** What is to be done for one delivery, seeing what stands in Twenty. */
export type Step =
  | { readonly kind: 'done'; readonly outcome: ApplyOutcome }
  | { readonly kind: 'write'; readonly write: Write }
  | { readonly kind: 'delete'; readonly record: SystemRecord }
  /** Deleted already, but under an older number. */
  | { readonly kind: 'number'; readonly record: SystemRecord };

/** How people are written. */
export interface Writing {
  readonly lens: PersonLens;
  readonly sync: CompleteMapping['sync'];
}

/** One row to be sent. */
export interface Write {
  readonly delivery: Delivery;
  /** What has to change: what already is as it should be is left alone. */
  readonly row: Row;
  /** All of the person, the same object as `row` where everything is sent anyway. */
  readonly full: Row;
  /** What stands there; `null` for a new person. */
  readonly record: SystemRecord | null;
  /** The primary email the person will have from now on, `''` for none, `null` if it keeps what it has. */
  readonly newEmail: string | null;
}

/**
 * Twenty has no compare-and-swap. A record is written over only if it holds what the hub believes, or what the hub is
 * about to write, under a number that is not higher; everything else is somebody's edit that the hub must hear first.
 *
 * @param records what stands under the delivery's record id or contact id, softly deleted ones too
 */
export function plan(delivery: Delivery, records: readonly SystemRecord[], writing: Writing): Step {
  const { contact_id, content, version, held } = delivery;
  const claimed = records.find((record) => record.contact_id === contact_id);
  const linked = records.find((record) => record.record_id === delivery.record_id);
  if (claimed && linked && claimed !== linked) return rejected(contact_id, TWO_RECORDS());
  const record = claimed ?? linked ?? null;
  if (record === null) {
    if (content === null)
      return done({ contact_id, outcome: 'unchanged', record_id: delivery.record_id ?? neverThere(contact_id) });
    return write(delivery, null, writing);
  }
  const { record_id } = record;
  const { lens } = writing;
  const isDelivery = holds(record, delivery, lens);
  const isWritten = content === null || lens.isCurrent(record.fields);
  if (isDelivery && isWritten && record.version === version && record.contact_id === contact_id)
    return done({ contact_id, outcome: 'unchanged', record_id });
  if (record.version > version || !(isDelivery || (held !== null && holds(record, held, lens))))
    return done({ contact_id, outcome: 'ahead', record_id });
  if (content !== null) return write(delivery, record, writing);
  return record.deleted ? { kind: 'number', record } : { kind: 'delete', record };
}

/** A record id of Twenty's form that names nothing: the contact was deleted before it ever came to Twenty. */
function neverThere(contact_id: ContactId): string {
  const digest = createHash('sha256').update(contact_id).digest('hex');
  return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

const done = (outcome: ApplyOutcome): Step => ({ kind: 'done', outcome });

const rejected = (contact_id: ContactId, error: PermanentError): Step =>
  done({ contact_id, outcome: 'rejected', error });

const holds = (record: SystemRecord, { content }: Version, lens: PersonLens): boolean =>
  content === null ? record.deleted : !record.deleted && lens.same(record.fields, content);

function write(delivery: Delivery, record: SystemRecord | null, { lens, sync: names }: Writing): Step {
  const { content } = delivery;
  if (content === null) throw new Error('a tombstone is deleted, not written');
  const fields = lens.toRecord(content);
  const known: Fields = record === null ? {} : { id: record.record_id };
  const sync: Row = { ...known, ...syncFields(delivery, names) };
  const note = lens.note(record?.fields ?? null);
  const full: Row = { ...sync, ...note, ...fields };
  const changes = record === null || record.deleted ? fields : lens.changesFor(record.fields, content);
  // Left out where it stands: who was deleted for good since we looked is then born without, and shows that it lacks what
  // is not among the changes.
  const isNoted = canonicalJson(record?.fields[names.mapping] ?? null) === canonicalJson(note[names.mapping] ?? null);
  const row: Row = changes === fields ? full : { ...sync, ...(isNoted ? {} : note), ...changes };
  const before = record === null ? '' : primaryEmail(record.fields);
  const after = 'emails' in changes ? primaryEmail(changes) : before;
  return { kind: 'write', write: { delivery, row, full, record, newEmail: after === before ? null : after } };
}

/** What a person says of the version that it holds. */
export const syncFields = ({ contact_id, version, last_updated }: Delivery, names: Writing['sync']): Fields => ({
  [names.contact_id]: contact_id,
  [names.version]: version,
  [names.last_updated]: last_updated,
});

/** The address by which Twenty would take this row for another person; `''` for none. */
export function primaryEmail(fields: SystemRecord['fields']): string {
  const { emails } = fields;
  const email: unknown = typeof emails === 'object' && emails !== null ? Reflect.get(emails, 'primaryEmail') : '';
  return typeof email === 'string' ? email.toLowerCase() : '';
}

const TWO_RECORDS = () =>
  new PermanentError('TWENTY_TWO_RECORDS', 'two people in Twenty stand for this contact', {
    advice: 'merge the two people in Twenty, or clear contactId on the one that is not linked, then replay',
  });

export const emailTaken = () =>
  new PermanentError('TWENTY_EMAIL_TAKEN', 'another person in Twenty has the same primary email', {
    field: 'emails.0',
    advice: 'merge the two contacts, or give one of them another primary email; look in the trash of Twenty too',
  });
