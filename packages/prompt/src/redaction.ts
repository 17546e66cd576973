import type { ContactFacts, Fact, Value } from './blocks.ts';
import { type Phrases, phrases, type Span } from './phrases.ts';
import { REDACTABLE_FIELDS, type RedactableField, type Redaction } from './redactable.ts';

const REDACTED = '[redacted]';

/**
 * Hides fields, in themselves and wherever else their values stand: in any free text of any of these contacts. A field
 * that holds something shows `[redacted]` once. When emails, phones or the LinkedIn address are hidden, so is whatever
 * looks like one.
 *
 * Hidden are whole values at word borders: not a first name alone unless `given_name` is among the fields, no nickname,
 * no name with an ending joined to it.
 */
export function redact(
  contacts: readonly ContactFacts[],
  fields: readonly RedactableField[],
): { readonly contacts: readonly ContactFacts[]; readonly redactions: readonly Redaction[] } {
  if (fields.length === 0) return { contacts, redactions: [] };
  const hidden = new Set(fields);
  const isHidden = (fact: Fact): fact is Fact & { readonly field: RedactableField } =>
    fact.field !== null && hidden.has(fact.field);
  const values = contacts.flatMap(({ facts }) =>
    facts
      .filter(isHidden)
      .flatMap(({ field, values }) =>
        values.filter(({ kind }) => kind !== 'ours').map(({ text }) => [text, field] as const),
      ),
  );
  const known = phrases(values);
  const shapes = SHAPES.filter(([field]) => hidden.has(field));
  const redactions: Redaction[] = [];

  const redacted = contacts.map(({ contact_id, facts }): ContactFacts => {
    const counts = new Map<RedactableField, number>();
    const shownOnce = new Set<RedactableField>();
    const count = (field: RedactableField, places: number) => counts.set(field, (counts.get(field) ?? 0) + places);
    const shown = facts.flatMap((fact): readonly Fact[] => {
      if (!isHidden(fact))
        return [{ ...fact, values: mapValues(fact.values, (value) => withoutMentions(value, known, shapes, count)) }];
      const isFirst = !shownOnce.has(fact.field);
      shownOnce.add(fact.field);
      count(fact.field, 1);
      return isFirst ? [{ ...fact, values: [{ key: fact.name, text: REDACTED, kind: 'ours' }], prose: false }] : [];
    });
    for (const field of REDACTABLE_FIELDS) {
      const places = counts.get(field);
      if (places !== undefined) redactions.push({ contact_id, field, count: places });
    }
    return { contact_id, facts: shown };
  });
  return { contacts: redacted, redactions };
}

type Shape = readonly [field: RedactableField, pattern: RegExp];

/**
 * What looks like an email address, a phone number of seven digits or more, a LinkedIn profile. Every repetition is
 * bounded or cannot fail, so that no text makes them slow.
 */
const SHAPES: readonly Shape[] = [
  ['emails', /[\p{L}\p{N}\p{M}._%+'-]{1,64}[@＠][\p{L}\p{N}\p{M}.-]{1,255}/gu],
  ['phones', /[+(]{0,2}\p{Nd}(?:[\s().\-/·\u2010-\u2015]{0,3}\p{Nd}){6,}/gu],
  ['linkedin_url', /(?:https?:\/\/)?(?:[a-z]{2,3}\.)?linkedin\.com\/\S+/giu],
];

function withoutMentions(
  value: Value,
  known: Phrases<RedactableField>,
  shapes: readonly Shape[],
  count: (field: RedactableField, places: number) => void,
): Value {
  if (value.kind !== 'text') return value;
  const spans: Span<RedactableField>[] = [...known.find(value.text)];
  for (const [label, pattern] of shapes)
    for (const { 0: match, index } of value.text.matchAll(pattern))
      spans.push({ start: index, end: index + match.length, label });
  if (spans.length === 0) return value;

  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  let text = '';
  let end = 0;
  for (const span of spans) {
    // One that overlaps the last joins it: what is left of it would tell the rest.
    if (span.start >= end) {
      text += value.text.slice(end, span.start) + REDACTED;
      count(span.label, 1);
    }
    end = Math.max(end, span.end);
  }
  return { ...value, text: text + value.text.slice(end) };
}

function mapValues(values: Fact['values'], map: (value: Value) => Value): Fact['values'] {
  const [first, ...rest] = values;
  return [map(first), ...rest.map(map)];
}
