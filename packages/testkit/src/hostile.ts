/**
 * Bad input for every border: what careless programs, broken clients and attackers hand over. Whatever of it is somebody's
 * data holds {@link CANARY}, so that a test can look for it where no personal data may be.
 */
import { CONTENT_FIELDS } from '@contact-sync/contact';
import fc from 'fast-check';

/** Stands for what is personal in bad input: no log, error, answer or job may hold it. */
export const CANARY = 'canary-7f3a';

/** Milliseconds that this process has worked: what hangs is told from what waits for its turn on a busy machine. */
export function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Texts that are stored nowhere, everywhere differently, or read as something else. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' \t\r\n\u00a0',
  '\u0000',
  `${CANARY}\u0000${CANARY}`,
  '\ud800',
  '\udc00\ud800',
  `${CANARY}\udfff`,
  '\u202e\u2066\u2067\u2068\u2069\u202c\u200f',
  '\ufeff\ufffe\uffff',
  '\u001b[2J\u0007\b',
  'Z\u0351\u036b\u0343'.repeat(200),
  '__proto__',
  'constructor',
  'NaN',
  '-0',
  '1e999',
  'null',
  '{"a":',
  "'; drop table contacts; --",
  '$1 $& %s %00 %ff {{x}}',
  '../../../../etc/passwd',
  `+${'1'.repeat(5_000)}`,
  `${'a@'.repeat(2_000)}xn--`,
  `https://linkedin.com/in/%${'25'.repeat(5_000)}`,
  `https://${'/'.repeat(20_000)}`,
  `${CANARY}${'x'.repeat(110_000)}`,
];

/** Keys that objects, copies and templates trip over. */
export const HOSTILE_KEYS: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'valueOf',
  'hasOwnProperty',
  'length',
  'then',
  '',
  ' ',
  '0',
  '$ref',
  'a.b.c',
  'e\u0301',
  '\u00e9',
  '\ud800',
  '\u0000',
  `${CANARY} ${'k'.repeat(3_000)}`,
];

/** Version numbers as text: none is the number of a version that anybody counted to. */
export const ABSURD_VERSIONS: readonly string[] = [
  '0',
  '-0',
  '-1',
  '-9223372036854775808',
  '1.5',
  '1e308',
  '1e999',
  '-1e999',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '9007199254740997',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551616',
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
  ' 7 ',
  '',
  CANARY,
];

/** Times as text, in the spellings of databases and of people. */
export const ABSURD_DATES: readonly string[] = [
  'infinity',
  '-infinity',
  '0000-01-01T00:00:00Z',
  '-000001-12-31T23:59:59Z',
  '+275760-09-13T00:00:00.001Z',
  '-271821-04-19T23:59:59Z',
  '10000-01-01T00:00:00Z',
  '0044-03-15 00:00:00 BC',
  '2016-12-31T23:59:60Z',
  '2024-02-30T00:00:00Z',
  '2024-05-01T25:00:00Z',
  '2024-05-01',
  '2024-05-01T10:34:56',
  '2024-05-01T10:34:56+99:99',
  `2024-05-01T10:34:56.${'9'.repeat(500)}Z`,
  '1714559696',
  '-1',
  '',
  'yesterday',
  CANARY,
];

/** `[[[…]]]` or `{"k":{"k":…}}`, valid JSON as text: as a value it may be too deep to be written again. */
export function nestedText(depth: number, kind: 'array' | 'object' = 'array', core = `"${CANARY}"`): string {
  return kind === 'array'
    ? '['.repeat(depth) + core + ']'.repeat(depth)
    : '{"k":'.repeat(depth) + core + '}'.repeat(depth);
}

/** Texts that are no JSON, or JSON that parsers disagree about. */
export const HOSTILE_JSON_TEXTS: readonly string[] = [
  '',
  '\ufeff{}',
  '{',
  '[1,',
  '{"a":1,}',
  "{'a':1}",
  'NaN',
  'Infinity',
  'undefined',
  '01',
  '1e999',
  '-1e999',
  '-0',
  '1E400',
  '123456789012345678901234567890',
  `"${CANARY}`,
  '"\\ud800"',
  '"\\u0000"',
  '"\u0001"',
  '{"a":1,"a":2,"\\u0061":3}',
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{}{}',
  'null',
  'true',
  '[]',
  '""',
  nestedText(600, 'object'),
];

const canaried = (text: string) => `${CANARY}${text}`;

/** Any text at all, lone surrogates and NUL among it. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }).map(canaried) },
);

const hostileKey = fc.oneof(
  fc.constantFrom(...HOSTILE_KEYS),
  fc.constantFrom<string>(...CONTENT_FIELDS),
  hostileText.map((text) => text.slice(0, 50)),
);

/** Own properties whatever their names: a literal would take `__proto__` for the prototype. */
const objectOf = (value: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc.array(fc.tuple(hostileKey, value), { maxLength: 5 }).map((entries) => Object.fromEntries(entries));

const scalar = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, false, 0, -0, 1, 1.5, -1, 1e21, 1e308, 5e-324, 2 ** 53 - 1, 2 ** 53 + 2, 2 ** 63),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** What `JSON.parse` may give: any shape, any keys, `1e999` read as infinite. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.oneof(scalar, fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
    fc.array(tie('value'), { maxLength: 5 }),
    objectOf(tie('value')),
    fc.constantFrom(41, 600).map((depth): unknown => JSON.parse(nestedText(depth, 'object'))),
    // Whoever looks for a size before the type compares with what becomes no number, and throws.
    fc.constantFrom('length', 'size').map((size) => ({ [size]: { toString: null, valueOf: null } })),
  ),
})).value;

/** JSON as text, and what is nearly JSON. */
export const hostileJsonText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE_JSON_TEXTS),
  hostileText,
  hostileJson.map((value) => JSON.stringify(value) ?? ''),
  fc.tuple(hostileJson, fc.double({ min: 0, max: 1, noNaN: true })).map(([value, part]) => {
    const text = JSON.stringify(value) ?? '';
    return text.slice(0, Math.floor(text.length * part));
  }),
);

/** The fields of a contact, some of them spoilt, as any system may hold them. */
export const hostileFields: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .tuple(
    fc.subarray([...CONTENT_FIELDS]),
    fc.array(hostileJson, { minLength: CONTENT_FIELDS.length, maxLength: CONTENT_FIELDS.length }),
    fc.constantFrom('', 'Ada Example'),
  )
  .map(([spoilt, values, name]) => ({
    ...(name === '' ? {} : { canonical_name: name }),
    ...Object.fromEntries(spoilt.map((field, index) => [field, values[index]])),
  }));
