import type { Category, Contact, LlmContext } from '@contact-sync/contact';
import { clean } from './clean.ts';
import { type Day, nextOccurrence, parseDay } from './dates.ts';
import type { RedactableField } from './redactable.ts';

/** What is told of a contact, in this order, and cut from the end. */
export const BLOCKS = [
  'identity',
  'relationship',
  'current_state',
  'communication',
  'interests',
  'important_dates',
  'strengths',
  'blind_spots',
  'tensions',
  'metadata',
] as const;
/** One of {@link BLOCKS}. */
export type BlockName = (typeof BLOCKS)[number];

/** One value of an entry: our key, and text that {@link clean} made. */
export interface Value {
  readonly key: string;
  readonly text: string;
  /**
   * `text`: somebody typed it, so that what is to be hidden may stand in it. `day`: somebody typed it, and it is a day of
   * the calendar and nothing else. `ours`: codes, numbers, our own words.
   */
  readonly kind: 'text' | 'day' | 'ours';
}

/** One fact: a name, an email, an interest, a date with its event. */
export interface Fact {
  readonly block: BlockName;
  readonly name: string;
  /** Where it comes from; `null` for metadata, which cannot be hidden. */
  readonly field: RedactableField | null;
  readonly values: readonly [Value, ...Value[]];
  /** Whether its last value may be cut between sentences. */
  readonly prose: boolean;
}

/** One contact as facts: in the order of {@link BLOCKS}, the first of them its canonical name. */
export interface ContactFacts {
  readonly contact_id: string;
  readonly facts: readonly Fact[];
}

const MEANING: Readonly<Record<Exclude<Category, 'X'>, string>> = {
  A: 'family',
  B: 'friends',
  C: 'acquaintances',
  D: 'dating or romantic',
  E: 'ex-romantic',
  F: 'service providers',
  G: 'professional or coworkers',
  H: 'hostile',
};

/**
 * What of a contact is told. Keys of `llm_context` that are not the model's own are never shown, nor who edited last.
 *
 * @param contact an admitted one: in normal form, not of category X
 */
export function factsOf(contact: Contact, today: Day & { readonly year: number }): ContactFacts {
  const { contact_id, sync_metadata, category_code: category } = contact;
  const llm: LlmContext = contact.llm_context ?? {};
  const facts: readonly (Fact | null)[] = [
    // A name of nothing but invisible characters is none; each contact begins with one all the same.
    line('identity', 'canonical_name', contact.canonical_name) ??
      fixed('identity', 'canonical_name', 'canonical_name', { canonical_name: '[no visible name]' }),
    line('identity', 'given_name', contact.given_name),
    line('identity', 'family_name', contact.family_name),
    line('identity', 'organization', contact.organization),
    line('identity', 'job_title', contact.job_title),
    ...(contact.emails ?? []).map((email) => line('identity', 'emails', email, 'email')),
    ...(contact.phones ?? []).map((phone) => line('identity', 'phones', phone, 'phone')),
    line('identity', 'linkedin_url', contact.linkedin_url),
    category === undefined || category === 'X'
      ? null
      : fixed('relationship', 'category', 'category_code', { category, meaning: MEANING[category] }),
    line('relationship', 'subcategory_code', contact.subcategory_code, 'subcategory'),
    scale('relationship', 'closeness_level', llm.closeness_level),
    scale('relationship', 'emotional_depth', llm.emotional_depth),
    prose('relationship', 'relationship_arc', llm.relationship_arc),
    prose('relationship', 'how_met', llm.how_met),
    prose('current_state', 'current_state', llm.current_state, 'state'),
    prose('communication', 'communication_style', llm.communication_style),
    prose('communication', 'personality_notes', llm.personality_notes),
    ...list('interests', 'key_interests', llm.key_interests, 'interest'),
    ...list('interests', 'conversation_topics', llm.conversation_topics, 'topic'),
    ...dates(llm.important_dates ?? [], today),
    ...list('strengths', 'strengths', llm.strengths, 'strength'),
    ...list('blind_spots', 'blind_spots', llm.blind_spots, 'blind_spot'),
    ...list('tensions', 'tensions', llm.tensions, 'tension'),
    fixed('metadata', 'version', null, { version: String(sync_metadata.version) }),
    fixed('metadata', 'last_updated', null, { last_updated: sync_metadata.last_updated }),
  ];
  return { contact_id, facts: facts.filter((fact) => fact !== null) };
}

type LlmField = Extract<RedactableField, `llm_context.${string}`> extends `llm_context.${infer Key}` ? Key : never;
type OwnField = Exclude<RedactableField, `llm_context.${string}`>;

function fact(
  block: BlockName,
  name: string,
  field: RedactableField | null,
  values: readonly Value[],
  prose: boolean,
): Fact | null {
  const [first, ...rest] = values.filter(({ text }) => text !== '');
  return first === undefined ? null : { block, name, field, values: [first, ...rest], prose };
}

const line = (block: BlockName, field: OwnField, text: string | undefined, name: string = field) =>
  text === undefined ? null : fact(block, name, field, [{ key: name, text: clean(text), kind: 'text' }], false);

const prose = (block: BlockName, field: LlmField, text: string | undefined, name: string = field) =>
  text === undefined
    ? null
    : fact(block, name, `llm_context.${field}`, [{ key: name, text: clean(text), kind: 'text' }], true);

const list = (block: BlockName, field: LlmField, items: readonly string[] | undefined, name: string) =>
  (items ?? []).map((item) => prose(block, field, item, name));

const scale = (block: BlockName, field: LlmField, level: number | undefined) =>
  level === undefined ? null : fixed(block, field, `llm_context.${field}`, { [field]: `${level} of 10` });

/** Values that nobody typed: codes, numbers, our own words. */
function fixed(
  block: BlockName,
  name: string,
  field: RedactableField | null,
  values: Readonly<Record<string, string>>,
) {
  return fact(
    block,
    name,
    field,
    Object.entries(values).map(([key, text]) => ({ key, text, kind: 'ours' })),
    false,
  );
}

type ImportantDate = NonNullable<LlmContext['important_dates']>[number];

/** Next ones first; those whose date is no day come last, in their own order. */
function dates(items: readonly ImportantDate[], today: Day & { readonly year: number }): readonly (Fact | null)[] {
  return items
    .map((item) => {
      const date = clean(item.date ?? '');
      const day = parseDay(date);
      return { item, date, next: day === null ? null : nextOccurrence(day, today) };
    })
    .sort((a, b) => compare(a.next ?? LAST, b.next ?? LAST))
    .map(({ item, date, next }) => {
      const values: readonly Value[] = [
        { key: 'date', text: date, kind: next === null ? 'text' : 'day' },
        { key: 'next', text: next === null || next === date ? '' : next, kind: 'ours' },
        { key: 'event', text: clean(item.event ?? ''), kind: 'text' },
        { key: 'significance', text: clean(item.significance ?? ''), kind: 'text' },
      ];
      return fact(
        'important_dates',
        'important_date',
        'llm_context.important_dates',
        values,
        values.slice(2).some(({ text }) => text !== ''),
      );
    });
}

const LAST = '~';
const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
