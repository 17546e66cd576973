import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CANARY, hostileFields, hostileJson, hostileText, worked } from '../../testkit/src/hostile.ts';
import { isNoSuchDate } from '../src/date.ts';
import { isEmailAddress } from '../src/email.ts';
import { type Contact, type Finding, MAX_FINDINGS, parseContact, validateContact } from '../src/index.ts';
import { isE164 } from '../src/phone.ts';
import { contacts } from './arbitrary.ts';

const metadata = { version: 3, last_updated: '2026-05-01T10:34:56.000000Z', last_updated_by: 'ada' };
const ada = { contact_id: '42', canonical_name: 'Ada', sync_metadata: metadata };
const told = ({ code, field, refused }: Finding) => `${code} ${field}${refused ? '' : ', carried'}`;
const findings = (fields: object) => validateContact({ ...ada, ...fields }).map(told);
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});
const fieldsOfAnything = fc.record(
  { contact_id: anything, emails: anything, phones: anything, llm_context: anything, sync_metadata: anything },
  { requiredKeys: [] },
);
const text = (length: number) => 'x'.repeat(length);

describe('the validator finds', () => {
  it('nothing in a contact that is aligned', () => {
    expect(
      findings({
        emails: ['ada@example.org'],
        phones: ['+14155552671'],
        category_code: 'B',
        subcategory_code: 'B2',
        llm_context: {
          emotional_depth: 1,
          closeness_level: 10,
          important_dates: [{ date: '2024-02-29' }, { date: 'every spring' }],
          own_key: 1,
        },
      }),
    ).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['an unknown category', { category_code: 'Q' }, 'INVALID_CATEGORY category_code'],
    ['a category in small', { category_code: 'a' }, 'INVALID_CATEGORY category_code'],
    [
      'a subcategory of another category',
      { category_code: 'A', subcategory_code: 'B1' },
      'INVALID_SUBCATEGORY subcategory_code',
    ],
    ['a category of no type', { category_code: 7, subcategory_code: 'B1' }, 'INVALID_CATEGORY category_code'],
    ['a subcategory alone', { subcategory_code: 'B1' }, 'INVALID_SUBCATEGORY subcategory_code'],
    ['depth 0', { llm_context: { emotional_depth: 0 } }, 'OUT_OF_RANGE llm_context.emotional_depth'],
    ['depth 11', { llm_context: { emotional_depth: 11 } }, 'OUT_OF_RANGE llm_context.emotional_depth'],
    ['depth without end', { llm_context: { emotional_depth: 1 / 0 } }, 'OUT_OF_RANGE llm_context.emotional_depth'],
    ['half a closeness', { llm_context: { closeness_level: 5.5 } }, 'WRONG_TYPE llm_context.closeness_level'],
    ['closeness as text', { llm_context: { closeness_level: '5' } }, 'WRONG_TYPE llm_context.closeness_level'],
    ['a name too long', { canonical_name: text(1_001) }, 'TOO_LARGE canonical_name'],
    ['too many addresses', { emails: Array.from({ length: 501 }, (_, n) => `a${n}@b.co`) }, 'TOO_LARGE emails'],
    ['an address too long', { emails: [`${text(320)}@b.co`] }, 'TOO_LARGE emails.0'],
    ['a number too long', { phones: [text(101)] }, 'TOO_LARGE phones.0'],
    ['a text larger than a contact', { organization: text(300_000) }, 'TOO_LARGE organization'],
    ['a contact too large', { llm_context: { a: text(300_000) } }, 'TOO_LARGE '],
    ['a contact of too many values', { llm_context: { a: Array(200_000).fill(1) } }, 'TOO_LARGE '],
    ['two keys of the same fault', { llm_context: { a: '\u0000', b: '\u0000' } }, 'INVALID_TEXT llm_context.*'],
    ['a function', { canonical_name: () => 'Ada' }, 'WRONG_TYPE canonical_name'],
    ['no address', { emails: [null, 'a@b.co', 'a@b.co', 'nobody'] }, 'INVALID_EMAIL emails.3, carried'],
    ['no number', { phones: ['', '+14155552671', '555-1234'] }, 'INVALID_PHONE phones.2, carried'],
    [
      'no such day',
      { llm_context: { important_dates: [{}, { date: '2024-02-30' }] } },
      'INVALID_DATE llm_context.important_dates.1.date, carried',
    ],
  ])('%s, once', (_, fields, finding) => {
    expect(findings(fields)).toEqual([finding]);
  });

  it('a wrong type, and names the right one', () => {
    const llm_context = { closeness_level: 5.5, strengths: 'calm', how_met: 1 };
    expect(validateContact({ ...ada, llm_context }).map(({ message }) => message)).toEqual([
      'must be a whole number',
      'must be a text',
      'must be a list',
    ]);
  });

  it('what is no contact at all', () => {
    for (const input of [undefined, null, 'Ada', 7, [], () => ada])
      expect(validateContact(input).map(told)).toEqual(['WRONG_TYPE ']);
  });

  it('everything at once, in the order of the model', () => {
    const fields = {
      sync_metadata: { version: 0, last_updated: 'today' },
      llm_context: {
        'own key': '\u0000',
        closeness_level: 11,
        important_dates: [{ date: '2024-13-01', event: 7 }],
        relationship_arc: ['\u0000'],
      },
      phones: ['12', 'no', '+1'],
      emails: Array.from({ length: 12 }, (_, n) => (n === 3 ? 7 : 'x@')),
      subcategory_code: 'B1',
      canonical_name: '',
      contact_id: 7,
    };
    expect(findings(fields)).toEqual([
      'WRONG_TYPE contact_id',
      'REQUIRED canonical_name',
      'INVALID_EMAIL emails.0, carried',
      'WRONG_TYPE emails.3',
      'INVALID_PHONE phones.0, carried',
      'INVALID_PHONE phones.1, carried',
      'INVALID_PHONE phones.2, carried',
      'INVALID_SUBCATEGORY subcategory_code',
      'WRONG_TYPE llm_context.relationship_arc',
      'INVALID_TEXT llm_context.relationship_arc.0',
      'INVALID_DATE llm_context.important_dates.0.date, carried',
      'WRONG_TYPE llm_context.important_dates.0.event',
      'OUT_OF_RANGE llm_context.closeness_level',
      'INVALID_TEXT llm_context.*',
      'OUT_OF_RANGE sync_metadata.version',
      'INVALID_TIMESTAMP sync_metadata.last_updated',
      'REQUIRED sync_metadata.last_updated_by',
    ]);
  });

  it('more than anybody reads, and says how many more', () => {
    const phones = Array.from({ length: 130 }, (_, n) => `${n}`);
    const carried = validateContact({ ...ada, phones });
    expect(carried).toHaveLength(MAX_FINDINGS + 1);
    expect(carried.at(-1)).toEqual({ code: 'TOO_MANY', field: '', message: 'and 30 more', refused: false });
    const refused = validateContact({ ...ada, phones, category_code: 'Q' });
    expect(refused.at(-1)).toEqual({ code: 'TOO_MANY', field: '', message: 'and 31 more', refused: true });
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    const lists = { strengths: numbers, tensions: numbers, key_interests: ['\u0000', ...numbers.slice(1)] };
    expect(validateContact({ ...ada, llm_context: lists }).at(-1)).toMatchObject({
      message: 'and 1400 more',
      refused: true,
    });
    const last = (code: string, fields: object) => {
      const found = validateContact({ ...ada, ...fields });
      expect(found[0]?.code).toBe(code);
      return found.at(-1);
    };
    const more = { code: 'TOO_MANY', field: '', message: 'and 30 more', refused: true };
    expect(last('TOO_LARGE', { emails: phones.map((n) => `${n}${text(320)}`) })).toEqual(more);
    expect(last('INVALID_TEXT', { llm_context: { strengths: phones.map((n) => `${n}\u0000`) } })).toEqual(more);
    const endless = Array.from({ length: 10_000 }, (_, n) => `${n}`);
    expect(last('TOO_LARGE', { phones: endless })).toEqual({ ...more, message: 'and 401 more', refused: false });
    expect(validateContact({ ...ada, phones: phones.slice(0, MAX_FINDINGS) })).toHaveLength(MAX_FINDINGS);
  });

  it('exactly what parseContact refuses, and what its own three checks say of the rest', () => {
    const fields = fc.oneof(hostileFields, fc.record({ emails: fc.array(hostileText), phones: fc.array(hostileText) }));
    const spoilt = fc.tuple(contacts, fields).map(([contact, more]) => ({ ...contact, ...more }));
    fc.assert(
      fc.property(fc.oneof(contacts, spoilt), (input) => {
        const found = validateContact(input);
        const parsed = parseContact(input);
        expect(found.some(({ refused }) => refused)).toBe(!parsed.ok);
        if (parsed.ok) expect(found.length).toBe(slips(parsed.contact));
      }),
    );
  });

  it('something or nothing, but never throws, tells a value or goes on for long', () => {
    const start = worked();
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          fieldsOfAnything.map((fields) => ({ ...ada, ...fields })),
          hostileJson,
          hostileFields.map((fields) => ({ ...ada, ...fields })),
        ),
        (input) => {
          const found = validateContact(input);
          expect(found.length).toBeLessThanOrEqual(MAX_FINDINGS + 1);
          expect(new Set(found.map(({ field, message }) => `${field} ${message}`)).size).toBe(found.length);
          expect(JSON.stringify(found)).not.toContain(CANARY);
        },
      ),
    );
    expect(worked() - start).toBeLessThan(10_000);
  });
});

const slips = ({ emails = [], phones = [], llm_context }: Contact): number =>
  emails.filter((email) => !isEmailAddress(email)).length +
  phones.filter((phone) => !isE164(phone)).length +
  (llm_context?.important_dates ?? []).filter(({ date }) => date !== undefined && isNoSuchDate(date)).length;

describe('an e-mail address', () => {
  it.each([
    'ada@example.org',
    'a.b+c@x.example.org',
    "o'hara!#$%&*/=?^_`{|}~@example.org",
    'ada@localhost',
    'zoë@exämple.org',
    '用户@例子.中国',
    '"a b"@example.org',
    '"a@b"@example.org',
    '"a\\"b"@example.org',
    '"(no comment)"@example.org',
    'ada@[192.0.2.1]',
    'ada@[IPv6:2001:db8::1]',
  ])('is %s', (address) => {
    expect(isEmailAddress(address)).toBe(true);
  });

  it.each([
    '',
    'ada',
    '@example.org',
    'ada@',
    'ada@@example.org',
    'ada@b@example.org',
    'ada at example.org',
    '.ada@example.org',
    'a..b@example.org',
    'ada.@example.org',
    'ada@example..org',
    'ada@example.org.',
    'a b@example.org',
    'ada @example.org',
    'ada@example.org,bob@example.org',
    'ada@example.org bob@example.org',
    'Ada <ada@example.org>',
    '<ada@example.org>',
    'ada(at work)@example.org',
    'ada@example.org (work)',
    'all: ada@example.org;',
    'mailto:ada@example.org',
    'ada@example.org:25',
    '"ada@example.org',
    '"\u0001"@example.org',
    '"a"."b"@example.org',
    'ada@[192.0.2.1',
    'ada@example.org\u200b',
    'ada@exam\u00a0ple.org',
    'ada\n@example.org',
  ])('is not %j', (text) => {
    expect(isEmailAddress(text)).toBe(false);
  });

  it('is told from text that was made to keep a parser busy', () => {
    const parts = [
      '(',
      '()',
      '((a',
      '"',
      '\\',
      '\\"',
      '""',
      ' ',
      'a ',
      'a.',
      '.',
      '@',
      'a@',
      '[',
      '@[',
      '<',
      ',',
      ':',
      'g:',
    ];
    const ends = ['', '@b.co', '"@b.co', ')', '>', ']'];
    const start = worked();
    for (const part of parts)
      for (const begin of ['', '"', 'a@', '(', 'a@['])
        for (const end of ends) {
          const whole = (begin + part.repeat(320)).slice(0, 320 - end.length) + end;
          isEmailAddress(whole);
        }
    expect((worked() - start) / (parts.length * 5 * ends.length)).toBeLessThan(5);
  });
});

describe('a phone number', () => {
  it.each(['+14155552671', '+442079460958', '+4915123456789', '+80012345678', '+3726543210'])('is %s', (phone) => {
    expect(isE164(phone)).toBe(true);
  });

  it.each([
    '',
    '+',
    '4155552671',
    '0044 20 7946 0958',
    '+1',
    '+1415555',
    '+1415555267189',
    '+4402079460958',
    '+0014155552671',
    '+9991234567',
    '+1415555CALL',
    '+49123456789012345',
    '+14155552671;ext=5',
    '+1 415 555 2671',
    `+${'1'.repeat(5_000)}`,
    '+١٤١٥٥٥٥٢٦٧١',
  ])('is not %s', (text) => {
    expect(isE164(text)).toBe(false);
  });
});

describe('a date', () => {
  it.each([
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-05-01T25:00',
    '2024-02-30T10:00:00Z',
    '2024-02-30, her birthday',
  ])('in the form of ISO 8601 is none: %s', (text) => {
    expect(isNoSuchDate(text)).toBe(true);
  });

  it.each([
    '2024-02-29',
    '1815-12-10',
    '2024-05-01T10:34',
    '2024-05-01T10:34:56.123456Z',
    '2024-05-01T10:34:56+02:00',
    '2024-05-01 (a Wednesday)',
    '2024-13-01-7',
    '2024-5-1',
    '2023-24',
    '30.02.2024',
    'December',
    '12-25',
    '',
  ])('is there, or is in words: %s', (text) => {
    expect(isNoSuchDate(text)).toBe(false);
  });
});
