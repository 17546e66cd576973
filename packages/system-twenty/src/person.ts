import { createHash } from 'node:crypto';
import { canonicalJson, isContactId, type Json, plainJson, timestamp } from '@contact-sync/contact';
import type { SystemRecord } from '@contact-sync/sync';
import { z } from 'zod';
import { type CompleteMapping, type FieldType, MAPPED_FIELDS, typeOf } from './mapping.ts';
import { namesIn, noteOf, readNote, UNWRITTEN, type Written } from './written.ts';

// Any JSON at all: a value that somebody spoilt is for `parseContent` to judge, and must not stop the page it is on.
const json: z.ZodType<Json> = z.unknown().transform((value) => plainJson(value));

const isInstant = (text: string): boolean => {
  try {
    timestamp(text);
    return true;
  } catch {
    return false;
  }
};

/** A person as REST answers and webhooks carry it, as far as the adapter reads it. */
export interface Person {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
  /** As somebody wrote them: to be checked. */
  readonly contactId: string | null;
  readonly syncVersion: number | null;
  readonly note: Json;
  readonly updatedBy: { readonly source: string | null; readonly workspaceMemberId: string | null };
  /** All fields, by their names in Twenty. */
  readonly values: Readonly<Record<string, Json>>;
}

const shape = z
  .object({
    id: z.guid(),
    createdAt: z.string(),
    updatedAt: z.string().refine(isInstant),
    deletedAt: z.string().nullish(),
    updatedBy: z.object({ source: z.string().nullish(), workspaceMemberId: z.string().nullish() }).nullish(),
  })
  .catchall(json);

const object = z.record(z.string(), json);
const FORMS: Readonly<Record<FieldType, z.ZodType<unknown>>> = {
  TEXT: z.string().nullish(),
  NUMBER: z.number().nullish(),
  RAW_JSON: json.nullish(),
  EMAILS: object.nullish(),
  PHONES: object.nullish(),
  LINKS: object.nullish(),
};

/** A field whose type somebody changed makes an unknown form, or its value would read as emptied. */
export function personSchema({ fields, sync }: CompleteMapping): z.ZodType<Person> {
  const mapped = MAPPED_FIELDS.flatMap((field) => {
    const name = fields[field];
    return typeof name === 'string' ? [[name, FORMS[typeOf(field)]] as const] : [];
  });
  const forms: ReadonlyMap<string, z.ZodType<unknown>> = new Map([
    ...mapped,
    ['name', object.nullish()],
    [sync.last_updated, FORMS.TEXT],
  ]);
  const textOrNull = z.string().nullish();
  const numberOrNull = z.number().nullish();
  return shape.transform((row, context): Person => {
    const { id, createdAt, updatedAt, deletedAt = null, updatedBy, ...rest } = row;
    const value = (name: string): Json | undefined => (Object.hasOwn(rest, name) ? rest[name] : undefined);
    const refuse = (name: string): null => {
      context.addIssue({ code: 'custom', path: [name], message: 'has another type than is mapped' });
      return null;
    };
    for (const [name, form] of forms) if (!form.safeParse(value(name)).success) refuse(name);
    const contactId = textOrNull.safeParse(value(sync.contact_id));
    const number = numberOrNull.safeParse(value(sync.version));
    return {
      id,
      createdAt,
      updatedAt,
      deletedAt,
      contactId: contactId.success ? (contactId.data ?? null) : refuse(sync.contact_id),
      syncVersion: number.success ? (number.data ?? null) : refuse(sync.version),
      note: value(sync.mapping) ?? null,
      updatedBy: { source: updatedBy?.source ?? null, workspaceMemberId: updatedBy?.workspaceMemberId ?? null },
      values: rest,
    };
  });
}

/** Something in a record's sync fields that no hub wrote. Holds no value of the record. */
export interface RecordProblem {
  readonly code: 'INVALID_CONTACT_ID' | 'INVALID_SYNC_VERSION' | 'INVALID_SYNC_MAPPING';
  readonly record_id: string;
  /** Of the person in Twenty. */
  readonly field: string;
}

/**
 * Reads people. A record that claims no valid contact counts as claiming none, and one without a valid number as never
 * delivered: the link in the ledger still tells whose it is, and the next delivery writes both anew. The problem is
 * reported.
 */
export function recordReader({ fields: current, sync }: CompleteMapping, onProblem: (problem: RecordProblem) => void) {
  const names = Object.values(current).filter((name) => typeof name === 'string');
  return (person: Person): SystemRecord => {
    const { id: record_id, contactId: claim, syncVersion: number } = person;
    const contact_id = claim !== null && isContactId(claim) ? claim : null;
    if (claim && contact_id === null) onProblem({ code: 'INVALID_CONTACT_ID', record_id, field: sync.contact_id });
    const version = number !== null && Number.isSafeInteger(number) && number >= 0 ? number : 0;
    if (number !== null && version !== number)
      onProblem({ code: 'INVALID_SYNC_VERSION', record_id, field: sync.version });
    const written = writtenOn(person, version, () =>
      onProblem({ code: 'INVALID_SYNC_MAPPING', record_id, field: sync.mapping }),
    );
    const readable = new Set(['name', ...names, ...(written === null ? [] : namesIn(written))]);
    const fields = [...readable].flatMap((name) => {
      const value = Object.hasOwn(person.values, name) ? person.values[name] : undefined;
      return value === undefined ? [] : [[name, value] as const];
    });
    return {
      record_id,
      contact_id,
      version,
      last_updated: timestamp(person.updatedAt),
      last_updated_by: ['twenty', person.updatedBy.source, person.updatedBy.workspaceMemberId]
        .filter(Boolean)
        .join(':'),
      deleted: person.deletedAt !== null,
      // The hub writes by the API, as other programs may; whatever else wrote last is somebody else.
      ...(person.updatedBy.source !== null && person.updatedBy.source !== 'API' ? { edited: true } : {}),
      fields: { ...Object.fromEntries(fields), ...(written === null ? {} : { [sync.mapping]: noteOf(written) }) },
    };
  };
}

/**
 * How a person was written; `null` for one that was born in Twenty, of which everything is read. One that no hub wrote
 * but which says whose it is joins a contact that is known elsewhere: what it lacks was never there to be emptied. Nor
 * is anything known of one whose note somebody cleared.
 */
function writtenOn({ note, contactId }: Person, version: number, onProblem: () => void): Written | null {
  if (note !== null && note !== '') {
    const written = readNote(note);
    if (written === null) onProblem();
    return written ?? UNWRITTEN;
  }
  return version > 0 || contactId ? UNWRITTEN : null;
}

/** The same for one state of a record whether it is polled or told by webhook: both show the same person. */
export function changeKey(record: SystemRecord): string {
  const { record_id, contact_id, version, last_updated, last_updated_by, deleted, edited = false, fields } = record;
  const state = { record_id, contact_id, version, last_updated, last_updated_by, deleted, edited, fields };
  return createHash('sha256').update(canonicalJson(state)).digest('hex');
}
