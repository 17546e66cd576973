import { isDeepStrictEqual } from 'node:util';
import type { ContactId, Content } from '@contact-sync/contact';
import ICAL from 'ical.js';
import { SUBSTITUTED } from '../draft.ts';
import { jsonText } from '../json-text.ts';
import { CardCutter } from './cards.ts';
import { fillDraft } from './contact.ts';
import { LineCutter } from './lines.ts';

type Params = Readonly<Record<string, string>>;

/** A contact as a card of vCard 4. */
export function vcardOf(contact_id: ContactId, content: Content): string {
  const lines = linesOf(contact_id, content);
  return card([...lines, ...substitutes(content, card(lines))]);
}

const card = (lines: readonly string[]): string => `${['BEGIN:VCARD', ...lines, 'END:VCARD'].join('\r\n')}\r\n`;

function linesOf(contact_id: ContactId, content: Content): readonly string[] {
  const { given_name = '', family_name = '', llm_context } = content;
  const lines = [property('version', '4.0'), property('uid', `contact-sync-${contact_id}`)];
  const add = (name: string, value: string | readonly string[] | undefined, params: Params = {}) => {
    if (value !== undefined) lines.push(property(name, value, params));
  };
  add('fn', content.canonical_name);
  if (given_name || family_name) add('n', [family_name, given_name, '', '', '']);
  for (const [name, values] of [
    ['email', content.emails ?? []],
    ['tel', content.phones ?? []],
  ] as const)
    for (const [index, value] of values.entries())
      add(name, value, index === 0 && values.length > 1 ? { pref: '1' } : {});
  add('org', content.organization && [content.organization]);
  add('title', content.job_title);
  add('x-socialprofile', content.linkedin_url, { type: 'linkedin' });
  add('x-contact-sync-id', contact_id);
  add('x-contact-sync-category', content.category_code);
  add('x-contact-sync-subcategory', content.subcategory_code);
  add('x-contact-sync-llm', llm_context && jsonText(llm_context));
  return lines;
}

/** ical.js escapes, encodes parameters and folds. Properties of our own are texts, which only then are escaped. */
function property(name: string, value: string | readonly string[], params: Params = {}): string {
  const type = ICAL.design.vcard.property[name]?.defaultType ?? 'text';
  const plain = typeof value === 'string' ? inLines(value) : value.map(inLines);
  return ICAL.stringify.property([name, params, type, plain], ICAL.design.vcard, false);
}

/**
 * vCard has no way to write control characters, and some programs begin a new line at them: then somebody's name could
 * be read as a property.
 */
const inLines = (text: string): string =>
  text.replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n').replaceAll(/(?![\n\t])\p{Cc}/gu, '\ufffd');

/** What would not be read as it is, beside what would be read instead. Hardly any contact has it. */
function substitutes(content: Content, written: string): readonly string[] {
  const read = fieldsOf(written);
  const pairs = SUBSTITUTED.filter((field) => !isDeepStrictEqual(read[field], content[field])).map(
    (field) => [field, [read[field] ?? null, content[field] ?? null]] as const,
  );
  return pairs.length === 0 ? [] : [property('x-contact-sync-exact', jsonText(Object.fromEntries(pairs)))];
}

function fieldsOf(written: string): Readonly<Record<string, unknown>> {
  const cards = new CardCutter();
  for (const line of new LineCutter().push(Buffer.from(written))) {
    const cut = cards.push(line);
    if (cut?.kind !== 'card') continue;
    fillDraft(cut);
    return cut.draft.fields();
  }
  return {};
}
