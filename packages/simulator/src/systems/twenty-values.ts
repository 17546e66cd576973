/** What Twenty makes of the values that it is given. */
import { canonicalJson, type Json } from '@contact-sync/contact';
import { type Person, personMapping, Refused } from '@contact-sync/system-twenty/model';

export type Values = Readonly<Record<string, Json>>;

export const MAPPING = personMapping();

/** Fields of several values, of which a request may name some. */
const COMPOSITE: Values = {
  name: { firstName: '', lastName: '' },
  emails: { primaryEmail: '', additionalEmails: [] },
  phones: {
    primaryPhoneNumber: '',
    primaryPhoneCountryCode: '',
    primaryPhoneCallingCode: '',
    additionalPhones: [],
  },
  linkedinLink: { primaryLinkLabel: '', primaryLinkUrl: '', secondaryLinks: [] },
};

/** A person of whom nobody said anything, with all fields of the default mapping. */
const EMPTY: Values = {
  ...COMPOSITE,
  jobTitle: '',
  canonicalName: '',
  categoryCode: '',
  subcategoryCode: '',
  llmContext: null,
  contactId: '',
  syncVersion: null,
  syncUpdatedAt: '',
  syncMapping: null,
};

export const refused = (message: string): Refused =>
  new Refused({ status: 400, body: { statusCode: 400, error: 'BadRequestException', messages: [message] } });

/** What is told apart from the values: an id, and a time that the request may set. */
const MARKS: ReadonlySet<string> = new Set(['id', 'updatedAt']);

/**
 * The values of a person once these were written over those that it has.
 *
 * @throws {Refused} for a field that people do not have
 */
export function written(given: Values, before: Values = EMPTY): Values {
  const next: Record<string, Json> = { ...before };
  for (const [field, value] of Object.entries(given)) {
    if (MARKS.has(field)) continue;
    const standing = EMPTY[field];
    if (standing === undefined) throw refused(`Object person doesn't have any "${field}" field.`);
    if (!Object.hasOwn(COMPOSITE, field)) next[field] = standing === '' ? (value ?? '') : emptyIsNull(value);
    else if (value !== null) next[field] = spelled(field, { ...objectOf(partOf(field, next)), ...objectOf(value) });
  }
  return next;
}

/** A link that is written anew loses what the request does not repeat. */
const partOf = (field: string, values: Values): Json | undefined =>
  field === 'linkedinLink' ? COMPOSITE[field] : values[field];

const emptyIsNull = (value: Json): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
    ? null
    : value;

const objectOf = (value: Json | undefined): { readonly [key: string]: Json | undefined } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? // Array.isArray does not narrow a readonly array away.
      (value as { readonly [key: string]: Json | undefined })
    : {};

/** Addresses are stored in small letters. */
function spelled(field: string, value: { readonly [key: string]: Json | undefined }): Json {
  if (field !== 'emails') return value;
  const { primaryEmail = '', additionalEmails } = value;
  const others = Array.isArray(additionalEmails) ? additionalEmails : [];
  return { ...value, primaryEmail: lowered(primaryEmail), additionalEmails: others.map(lowered) };
}

const lowered = (value: Json): Json => (typeof value === 'string' ? value.toLowerCase() : value);

/** The fields in which two states of a person differ. */
export const differing = (before: Values, after: Values): readonly string[] =>
  Object.keys(after).filter((field) => {
    const [was = null, is = null] = [before[field], after[field]];
    return (
      was !== is && (typeof was !== 'object' || typeof is !== 'object' || canonicalJson(was) !== canonicalJson(is))
    );
  });

/** The unique values of a person, empty ones left out: they are never equal. */
export function keysOf(values: Values): readonly string[] {
  const { primaryEmail } = objectOf(values.emails);
  return [
    ['emails.primaryEmail', primaryEmail],
    ['contactId', values.contactId],
  ].flatMap(([field, value]) => (typeof value === 'string' && value !== '' ? [`${field}:${value}`] : []));
}

/** What of a person is no value of its own fields. */
export type Marks = Pick<Person, 'id' | 'createdAt' | 'updatedAt' | 'deletedAt' | 'updatedBy'>;

/** A person as its schema would read it. */
export function personOf({ id, createdAt, updatedAt, deletedAt, updatedBy }: Marks, values: Values): Person {
  const { contactId = null, syncVersion = null, syncMapping = null } = values;
  return {
    id,
    createdAt,
    updatedAt,
    deletedAt,
    contactId: typeof contactId === 'string' ? contactId : null,
    syncVersion: typeof syncVersion === 'number' ? syncVersion : null,
    note: syncMapping,
    updatedBy,
    values,
  };
}
