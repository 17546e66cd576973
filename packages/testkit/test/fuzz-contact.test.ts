/** Bad input at the contact model. Here and not in its own package: the corpus needs the model. */
import {
  contactId,
  contactIdSchema,
  contentHash,
  isContactId,
  isTimestamp,
  parseContent,
  rankSchema,
  timestamp,
  timestampSchema,
  toMicros,
} from '@contact-sync/contact';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ABSURD_DATES,
  ABSURD_VERSIONS,
  CANARY,
  hostileFields,
  hostileJson,
  hostileText,
  nestedText,
  worked,
} from '../src/index.ts';

/** Of the program, not of somebody's contact. */
const MOST_TOLD = 20_000;

test('whatever somebody calls a contact is content in normal form or named problems, and nothing of it is told', () => {
  fc.assert(
    fc.property(fc.oneof(hostileFields, hostileJson), (input) => {
      const parsed = parseContent(input);
      if (parsed.ok) {
        expect(parseContent(parsed.content)).toEqual(parsed);
        expect(contentHash(parsed.content)).toMatch(/^[0-9a-f]{64}$/);
      } else {
        const told = JSON.stringify(parsed.problems);
        expect(told).not.toContain(CANARY);
        expect(told.length).toBeLessThan(MOST_TOLD);
      }
      expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
    }),
    { numRuns: 150 },
  );
});

const big = (size: number): string => 'x'.repeat(size);
test.each<[string, () => unknown]>([
  ['nesting of 100,000 arrays', () => ({ llm_context: { k: JSON.parse(nestedText(100_000)) } })],
  ['nesting of 100,000 objects', () => ({ llm_context: JSON.parse(nestedText(100_000, 'object')) })],
  ['a text of 10 MB', () => ({ organization: big(10 << 20) })],
  ['a list of 300,000 addresses', () => ({ emails: Array.from({ length: 300_000 }, (_, n) => `${n}`) })],
  ['100,000 texts with NUL', () => ({ llm_context: { key_interests: Array(100_000).fill(`${CANARY}\0`) } })],
  ['100,000 values of a wrong type', () => ({ emails: Array(100_000).fill(1) })],
  ['a key of 1 MB', () => ({ llm_context: { [`${CANARY}${big(1 << 20)}`]: '\0' } })],
  [
    '100,000 wrong keys',
    () => ({ llm_context: Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`${CANARY}${n}`, '\0'])) }),
  ],
])('%s is refused soon, in few words', (_what, make) => {
  const input = { canonical_name: 'Ada', ...Object(make()) };
  const start = worked();
  const parsed = parseContent(input);
  expect(worked() - start).toBeLessThan(4_000);
  if (parsed.ok) throw new Error('it is no contact');
  const told = JSON.stringify(parsed.problems);
  expect(told.length).toBeLessThan(MOST_TOLD);
  expect(told).not.toContain(CANARY);
});

test('two keys that are one in normal form are told, not one of them dropped', () => {
  const parsed = parseContent({ canonical_name: 'Ada', llm_context: { 'e\u0301': '1', '\u00e9': '2' } });
  expect(parsed.ok ? null : parsed.problems[0].code).toBe('INVALID_TEXT');
});

test('a time is one spelling of an instant that every system can store, or a RangeError without it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...ABSURD_DATES, ...ABSURD_VERSIONS), hostileText), (text) => {
      try {
        const time = timestamp(text);
        expect(isTimestamp(time)).toBe(true);
        expect(time >= '0001' && time < '9999-12-31T23:59:59.9999999Z').toBe(true);
        toMicros(time);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        expect(String(error)).not.toContain(CANARY);
      }
    }),
  );
});

test('what counts as a time is one: its instant can be computed', () => {
  for (const text of ['2024-13-45T99:99:99.000000Z', '2024-02-30T00:00:00.000000Z', '0000-01-01T00:00:00.000000Z'])
    expect(timestampSchema.safeParse(text).success, text).toBe(false);
});

test('an id is the one spelling of an INT64, or refused without it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...ABSURD_VERSIONS), hostileText, fc.bigInt().map(String)), (text) => {
      if (isContactId(text)) expect(BigInt.asIntN(64, BigInt(text)).toString()).toBe(text);
      else expect(() => contactId(text)).toThrow(/^contact_id is not/);
    }),
  );
  fc.assert(
    fc.property(
      hostileJson,
      (value) => contactIdSchema.safeParse(value).success === (typeof value === 'string' && isContactId(value)),
    ),
  );
});

test('a rank is a whole number that every system holds, and a time', () => {
  for (const text of ABSURD_VERSIONS) {
    const { success } = rankSchema.safeParse({ version: Number(text), last_updated: '2024-05-01T10:34:56.123456Z' });
    const version = Number(text);
    expect(success, text).toBe(Number.isSafeInteger(version) && version >= 1);
  }
});
