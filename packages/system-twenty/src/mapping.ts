import { CONTENT_FIELDS } from '@contact-sync/contact';

/** The known keys of a contact's `llm_context`, each with the type of the person's field that can hold it alone. */
export const LLM_FIELDS = {
  relationship_arc: 'TEXT',
  communication_style: 'TEXT',
  key_interests: 'RAW_JSON',
  personality_notes: 'TEXT',
  important_dates: 'RAW_JSON',
  conversation_topics: 'RAW_JSON',
  emotional_depth: 'NUMBER',
  closeness_level: 'NUMBER',
  how_met: 'TEXT',
  current_state: 'TEXT',
  blind_spots: 'RAW_JSON',
  strengths: 'RAW_JSON',
  tensions: 'RAW_JSON',
} as const satisfies Readonly<Record<string, FieldType>>;

export type FieldType = 'TEXT' | 'NUMBER' | 'RAW_JSON' | 'EMAILS' | 'PHONES' | 'LINKS';
/** A known key of a contact's `llm_context`. */
export type LlmKey = keyof typeof LLM_FIELDS;

/** What of a contact may be told where to live. Given and family name always are Twenty's own `name`. */
export type MappedField =
  | Exclude<(typeof CONTENT_FIELDS)[number], 'given_name' | 'family_name'>
  | `llm_context.${LlmKey}`;

/** What the sync keeps of a person beside the contact's content, each in a field of its own. */
export type SyncField = 'contact_id' | 'version' | 'last_updated' | 'mapping';

/**
 * Which field of a person holds what. What is left out is as in {@link DEFAULT_PERSON_MAPPING}.
 *
 * @see mappingProblems for what is possible
 */
export interface PersonMapping {
  /**
   * `null`: not held in Twenty, so that it always comes from the other systems. A key of `llm_context` that is left out
   * lies in the JSON with all that is unknown; one with a name has a field of its own.
   */
  readonly fields: Readonly<Partial<Record<MappedField, string | null>>>;
  /** `mapping` is where the hub notes on each person how it was written: see written.ts. */
  readonly sync: Readonly<Partial<Record<SyncField, string>>>;
}

/** `organization` is not held: Twenty knows companies as records of their own, not as a text of a person. */
export const DEFAULT_PERSON_MAPPING = {
  fields: {
    canonical_name: 'canonicalName',
    emails: 'emails',
    phones: 'phones',
    organization: null,
    job_title: 'jobTitle',
    linkedin_url: 'linkedinLink',
    category_code: 'categoryCode',
    subcategory_code: 'subcategoryCode',
    llm_context: 'llmContext',
  },
  sync: {
    contact_id: 'contactId',
    version: 'syncVersion',
    last_updated: 'syncUpdatedAt',
    mapping: 'syncMapping',
  },
} as const satisfies PersonMapping;

/** A mapping in which everything but the keys of `llm_context` is said. */
export interface CompleteMapping extends PersonMapping {
  readonly sync: Readonly<Record<SyncField, string>>;
}

const LLM_PREFIX = 'llm_context.';

/** The keys of `llm_context` as they are mapped. */
export const LLM_MAPPED: readonly `llm_context.${LlmKey}`[] = Object.keys(LLM_FIELDS).map(
  // Object.keys forgets which keys it was given.
  (key) => `${LLM_PREFIX}${key as LlmKey}` as const,
);

/** Every {@link MappedField}, in the order of the model. */
export const MAPPED_FIELDS: readonly MappedField[] = [
  ...CONTENT_FIELDS.filter((field) => field !== 'given_name' && field !== 'family_name'),
  ...LLM_MAPPED,
];
const SYNC_FIELDS: readonly SyncField[] = ['contact_id', 'version', 'last_updated', 'mapping'];

const isOneOf = <T extends string>(all: readonly T[], text: string): text is T => all.some((one) => one === text);
export const isMappedField = (text: string): text is MappedField => isOneOf(MAPPED_FIELDS, text);
const isSyncField = (text: string): text is SyncField => isOneOf(SYNC_FIELDS, text);

/** What every person has, in the versions of Twenty we know: no field of one's own may be called so. */
const STANDARD: ReadonlySet<string> = new Set([
  ...['id', 'createdAt', 'updatedAt', 'deletedAt', 'createdBy', 'updatedBy', 'position', 'searchVector'],
  ...['name', 'emails', 'phones', 'linkedinLink', 'xLink', 'jobTitle', 'city', 'intro', 'workPreference'],
  ...['avatarUrl', 'avatarFile', 'company', 'companyId', 'attachments', 'calendarEventParticipants', 'favorites'],
  ...['listMemberships', 'messageParticipants', 'noteTargets', 'pointOfContactForOpportunities', 'taskTargets'],
  'timelineActivities',
]);

/** The fields of every person that hold a contact's, and nothing else of it. */
const OWN: Readonly<Partial<Record<MappedField, string>>> = {
  emails: 'emails',
  phones: 'phones',
  linkedin_url: 'linkedinLink',
  job_title: 'jobTitle',
};

/** The type that the field of a person needs, to hold this. */
export function typeOf(field: MappedField): FieldType {
  if (field === 'emails') return 'EMAILS';
  if (field === 'phones') return 'PHONES';
  if (field === 'linkedin_url') return 'LINKS';
  if (field === 'llm_context') return 'RAW_JSON';
  const key = field.slice(LLM_PREFIX.length);
  return field.startsWith(LLM_PREFIX) && isOneOf(Object.keys(LLM_FIELDS) as LlmKey[], key) ? LLM_FIELDS[key] : 'TEXT';
}

/** True for what Twenty has by itself, and install cannot create. */
export const isStandard = (field: MappedField, name: string): boolean => OWN[field] === name;

/**
 * Why a mapping is impossible: every reason, each naming the entry to blame; none for a good one. For input whose types
 * were not checked as well.
 */
export function mappingProblems(mapping: PersonMapping): readonly string[] {
  const problems: string[] = [];
  const fields = { ...DEFAULT_PERSON_MAPPING.fields, ...mapping.fields };
  const sync = { ...DEFAULT_PERSON_MAPPING.sync, ...mapping.sync };
  const holders = new Map<string, string>();
  const check = (entry: string, name: unknown, own: string | undefined, onlyOwn: boolean): void => {
    if (typeof name !== 'string') problems.push(`${entry}: must be the name of a field`);
    else if (onlyOwn && name !== own) problems.push(`${entry}: only Twenty's own field ${own}, or null, can hold it`);
    else if (!/^[a-z][a-zA-Z\d]*$/.test(name))
      problems.push(`${entry}: "${name}" must be letters and digits, the first a small letter`);
    else if (name !== own && STANDARD.has(name)) problems.push(`${entry}: ${name} is a field of Twenty's own`);
    else if (holders.has(name)) problems.push(`${entry}: ${name} holds ${holders.get(name)} already`);
    else holders.set(name, entry);
  };
  for (const [field, name] of Object.entries(sync))
    if (isSyncField(field)) check(`sync.${field}`, name, undefined, false);
    else problems.push(`sync.${field}: is nothing that can be mapped`);
  for (const [field, name] of Object.entries(fields)) {
    if (!isMappedField(field)) problems.push(`fields.${field}: is nothing that can be mapped`);
    else if (name !== null && name !== undefined)
      check(`fields.${field}`, name, OWN[field], ['emails', 'phones', 'linkedin_url'].includes(field));
    if (field.startsWith(LLM_PREFIX) && typeof name === 'string' && fields.llm_context === null)
      problems.push(`fields.${field}: needs llm_context to be mapped, for the other keys`);
  }
  if ((fields.category_code === null) !== (fields.subcategory_code === null))
    problems.push('fields.category_code, fields.subcategory_code: map both or none, for one must agree with the other');
  return problems;
}

/**
 * The mapping with everything said that was left out.
 *
 * @throws {TypeError} with all problems when the mapping is impossible
 */
export function personMapping(mapping: PersonMapping = DEFAULT_PERSON_MAPPING): CompleteMapping {
  const problems = mappingProblems(mapping);
  if (problems.length > 0)
    throw new TypeError(`people of Twenty cannot be mapped so:\n${problems.map((one) => `- ${one}`).join('\n')}`);
  return {
    fields: { ...DEFAULT_PERSON_MAPPING.fields, ...said(mapping.fields) },
    sync: { ...DEFAULT_PERSON_MAPPING.sync, ...said(mapping.sync) },
  };
}

/** Without the keys that are there but undefined. */
const said = <T extends object>(entries: T): T =>
  // Fewer keys of a type whose keys are all optional.
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as T;
