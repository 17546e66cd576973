import { type ContactReading, readContact, SYNC_FIELDS } from './contact.ts';
import { CONTENT_FIELDS, MAX_EMAIL, MAX_ITEMS, NAMED } from './content.ts';
import { isNoSuchDate } from './date.ts';
import { isEmailAddress } from './email.ts';
import { inputPath, isRecord } from './normal-form.ts';
import { isE164 } from './phone.ts';
import type { FindingCode, Problem } from './problem.ts';

/** Something in a contact that a person should look at. */
export interface Finding extends Problem<FindingCode> {
  /** `true`: the hub refuses the edit until it is mended. `false`: the hub carries the value as it is. */
  readonly refused: boolean;
}

/** As many findings as anybody would read on; one more says how many are left. */
export const MAX_FINDINGS = 100;

/**
 * Everything that is wrong with a contact, each once, in the order of its fields: what `parseContact` refuses, and what
 * the hub carries though it is probably a slip (addresses, numbers, dates). Empty: aligned. At most
 * {@link MAX_FINDINGS}, then a last one `TOO_MANY`. Never throws, never shows a value.
 *
 * @param input anything; a contact as {@link Contact}, not necessarily in normal form
 */
export function validateContact(input: unknown): readonly Finding[] {
  const read = readContact(input, MAX_FINDINGS);
  const findings = [...read.problems.map((problem) => ({ ...problem, refused: true })), ...slips(read)]
    .map((finding) => ({ finding, place: placeOf(finding.field) }))
    .sort((a, b) => inOrder(a.place, b.place))
    .map(({ finding }) => finding);
  const listed = findings.slice(0, MAX_FINDINGS);
  const left = findings.slice(MAX_FINDINGS);
  const more = read.more + left.length;
  if (more === 0) return listed;
  const refused = read.more > 0 || left.some((finding) => finding.refused);
  return [...listed, { code: 'TOO_MANY', field: '', message: `and ${more} more`, refused }];
}

type Slip = Pick<Finding, 'code' | 'message'>;

/** What is not refused, and yet is likely to be a slip. */
function slips({ normal, problems, reading }: ContactReading): readonly Finding[] {
  const refused = new Set(problems.map(({ field }) => field));
  const dates = member(normal.llm_context, 'important_dates');
  const texts: readonly (readonly [
    path: readonly PropertyKey[],
    value: unknown,
    slipOf: (text: string) => Slip | null,
  ])[] = [
    ...entries(normal.emails).map(([index, email]) => [['emails', index], email, emailSlip] as const),
    ...entries(normal.phones).map(([index, phone]) => [['phones', index], phone, phoneSlip] as const),
    ...entries(dates).map(
      ([index, date]) => [['llm_context', 'important_dates', index, 'date'], member(date, 'date'), dateSlip] as const,
    ),
  ];
  return texts.flatMap(([path, value, slipOf]) => {
    const field = inputPath(path, reading);
    const slip = typeof value === 'string' && !refused.has(field) ? slipOf(value) : null;
    return slip === null ? [] : [{ ...slip, field, refused: false }];
  });
}

function emailSlip(email: string): Slip | null {
  if (email.length > MAX_EMAIL || isEmailAddress(email)) return null;
  return { code: 'INVALID_EMAIL', message: 'is not one bare e-mail address as RFC 5322 has it' };
}

function phoneSlip(phone: string): Slip | null {
  if (isE164(phone)) return null;
  const message = phone.startsWith('+')
    ? 'is not E.164, or of a length that no number of its country has'
    : 'is not E.164: without + and the code of a country nobody knows which country it is in';
  return { code: 'INVALID_PHONE', message };
}

function dateSlip(date: string): Slip | null {
  return isNoSuchDate(date)
    ? { code: 'INVALID_DATE', message: 'is written like a date, but there is none such' }
    : null;
}

/** Of a list that is longer than allowed, which is refused, the part that could stay. */
const entries = (list: unknown): [number, unknown][] =>
  Array.isArray(list) ? [...list.slice(0, MAX_ITEMS).entries()] : [];

const member = (value: unknown, key: string): unknown => (isRecord(value) ? Reflect.get(value, key) : undefined);

/** The names in paths, in the order of the model; no name has two places in it. */
const ORDER = new Map(
  [...['', 'contact_id', ...CONTENT_FIELDS, ...NAMED, ...SYNC_FIELDS, '*'].entries()].map(([place, name]) => [
    name,
    place,
  ]),
);

/** Where a field stands: its segments as numbers. */
const placeOf = (field: string): readonly number[] =>
  field.split('.').map((segment) => ORDER.get(segment) ?? Number(segment));

function inOrder(a: readonly number[], b: readonly number[]): number {
  for (const [depth, place] of a.entries()) {
    const order = place - (b[depth] ?? -1);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
