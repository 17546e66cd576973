import type { Draft, Single } from '../draft.ts';
import { type Found, type Refused, refused } from '../entry.ts';
import { parsedJson } from '../json-text.ts';
import { isLinkedin } from '../linkedin.ts';
import type { Card } from './cards.ts';
import { type Property, partsOf, propertyOf, unescaped } from './property.ts';

const VERSIONS: ReadonlySet<string> = new Set(['2.1', '3.0', '4.0']);

/** Properties with one text, each of which is one field. */
const TEXTS: ReadonlyMap<string, Single> = new Map([
  ['fn', 'canonical_name'],
  ['title', 'job_title'],
  ['uid', 'uid'],
  ['x-contact-sync-id', 'contact_id'],
  ['x-contact-sync-category', 'category_code'],
  ['x-contact-sync-subcategory', 'subcategory_code'],
  ['x-contact-sync-llm', 'llm_context'],
]);

/** The contact that a card is. */
export const contactOfCard = (card: Card): Found | Refused => fillDraft(card) ?? card.draft.finish();

/**
 * What a card says, into its draft.
 *
 * @returns a refusal when it is no card of a contact at all
 */
export function fillDraft({ draft, properties }: Card): Refused | null {
  const read: Property[] = [];
  for (const raw of properties) {
    const property = propertyOf(raw);
    if ('code' in property) draft.tell(property.code, raw.name.toUpperCase(), property.message);
    else read.push(property);
  }
  const version = read.find(({ name }) => name === 'version')?.value.trim() ?? '3.0';
  if (!VERSIONS.has(version))
    return refused(draft.line, 'UNSUPPORTED', 'is a version of vCard that is not known', 'VERSION');
  const isGroup = read.some(
    ({ name, value }) => /^(?:x-addressbookserver-)?kind$/.test(name) && /^\s*group\s*$/i.test(value),
  );
  if (isGroup) return refused(draft.line, 'UNSUPPORTED', 'is a group of contacts, not a contact', 'KIND');
  // The preferred come first, the others stay in their order.
  const sorted = read.toSorted((one, other) => preference(one) - preference(other));
  for (const property of sorted) take(draft, property, version === '2.1');
  return null;
}

/** From 1, the most preferred, to 100; 101 without any. */
function preference({ params }: Property): number {
  if (params.get('type')?.includes('pref')) return 1;
  const [written = ''] = params.get('pref') ?? [];
  const number = Number(written);
  return Number.isInteger(number) && number >= 1 && number <= 100 ? number : 101;
}

function take(draft: Draft, { name, params, value }: Property, isOld: boolean): void {
  const text = unescaped(value, isOld);
  const told = name.toUpperCase();
  const field = TEXTS.get(name);
  if (field) draft.set(field, text, told);
  else if (name === 'email') draft.add('emails', text.replace(/^mailto:/i, ''));
  else if (name === 'tel') draft.add('phones', phoneOf(text));
  else if (name === 'n') takeName(draft, value, isOld);
  else if (name === 'org') takeOrganization(draft, value, isOld);
  else if (name === 'bday' || name === 'anniversary')
    draft.set(name === 'bday' ? 'birthday' : name, dayOf(text, params.has('x-apple-omit-year')), told);
  else if (name === 'x-contact-sync-exact') substitute(draft, text, told);
  else if (/url$|socialprofile$/.test(name)) {
    const types = [...(params.get('type') ?? []), ...(params.get('service-type') ?? [])];
    if (isLinkedin(text.trim()) || types.includes('linkedin')) draft.set('linkedin_url', text, told);
    else if (text.trim() !== '') draft.leftOut.add(told);
  }
}

function substitute(draft: Draft, json: string, told: string): void {
  const pairs = parsedJson(json);
  if (pairs === undefined) draft.tell('INVALID_JSON', told, 'is not JSON');
  else draft.substitute(pairs);
}

function takeName(draft: Draft, value: string, isOld: boolean): void {
  const parts = partsOf(value).map((part) => unescaped(part, isOld));
  const fields = ['family_name', 'given_name', 'middle_name', 'name_prefix', 'name_suffix'] as const;
  for (const [index, field] of fields.entries()) draft.set(field, parts[index] ?? '', 'N');
}

/** The first part is the organization, the others are units of it. */
function takeOrganization(draft: Draft, value: string, isOld: boolean): void {
  const [organization = '', ...units] = partsOf(value).map((part) => unescaped(part, isOld));
  draft.set('organization', organization, 'ORG');
  if (units.some((unit) => unit.trim() !== '')) draft.leftOut.add('ORG units');
}

/** `tel:+1-201-555-0123;ext=102` as people write it. Other parameters of the URI stay with it: they are part of the number. */
function phoneOf(text: string): string {
  const [, number, extension] = /^\s*tel:([^;]*)(?:;ext=(\d+))?\s*$/i.exec(text) ?? [];
  if (number === undefined) return text;
  return extension === undefined ? number : `${number} ext. ${extension}`;
}

/** Days in the spelling of the model: `19901224`, and `1604-12-24` where Apple knows no year. Others as they are. */
function dayOf(text: string, isWithoutYear: boolean): string {
  const [, year, month, day] = /^\s*(\d{4}|-)-?(\d\d)-?(\d\d)(?:T00:?00:?00Z?)?\s*$/.exec(text) ?? [];
  if (day === undefined) return text;
  return `${year === '-' || isWithoutYear ? '-' : year}-${month}-${day}`;
}
