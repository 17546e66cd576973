import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOSTILE_KEYS, HOSTILE_TEXTS, hostileFields, hostileJson, hostileText } from '../../testkit/src/hostile.ts';
import {
  type Contact,
  contactIdSchema,
  contactOf,
  contactSchema,
  contentOfContact,
  isContactId,
  isTimestamp,
  parseContact,
  timestampSchema,
} from '../src/index.ts';
import { contacts } from './arbitrary.ts';

const metadata = { version: 3, last_updated: '2026-05-01T10:34:56.000000Z', last_updated_by: 'ada' };
const ada = { contact_id: '42', canonical_name: 'Ada', sync_metadata: metadata };
const problems = (input: unknown): readonly string[] => {
  const parsed = parseContact(input);
  return parsed.ok ? [] : parsed.problems.map(({ code, field }) => `${code} ${field}`);
};
const valid = (input: unknown): Contact => {
  const parsed = parseContact(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.contact;
};

describe('a whole contact', () => {
  it('in normal form is read as it is', () => {
    fc.assert(
      fc.property(contacts, (contact) => {
        expect(valid(contact)).toEqual(contact);
        expect(valid(JSON.parse(JSON.stringify(contact)))).toEqual(contact);
        expect(contactSchema.parse(contact)).toEqual(contact);
      }),
    );
  });

  it('is its id, its content and its sync metadata', () => {
    fc.assert(
      fc.property(contacts, (contact) => {
        const { contact_id, sync_metadata } = contact;
        expect(contactOf({ contact_id, content: contentOfContact(contact), ...sync_metadata })).toEqual(contact);
      }),
    );
  });

  it('gets its normal form from any spelling, and loses what belongs to some system', () => {
    const { sync_metadata, ...rest } = valid({
      contact_id: '42',
      canonical_name: ' Ada\n',
      phones: ['+1 (415) 555-2671', null],
      sync_metadata: { version: 3, last_updated: ' 2026-05-01 12:34:56+02 ', last_updated_by: ' ada ', row: 7 },
      row_colour: 'red',
    });
    expect(rest).toEqual({ contact_id: '42', canonical_name: 'Ada', phones: ['+14155552671'] });
    expect(sync_metadata).toEqual(metadata);
  });

  it.each<[string, object, string]>([
    ['no id', { contact_id: undefined }, 'REQUIRED contact_id'],
    ['a blank id', { contact_id: ' ' }, 'REQUIRED contact_id'],
    ['a number for an id', { contact_id: 42 }, 'WRONG_TYPE contact_id'],
    ['a bigint for an id', { contact_id: 42n }, 'WRONG_TYPE contact_id'],
    ['an id in another spelling', { contact_id: '042' }, 'INVALID_ID contact_id'],
    ['an id with a blank', { contact_id: ' 42' }, 'INVALID_ID contact_id'],
    ['an id beyond 64 bits', { contact_id: '9223372036854775808' }, 'INVALID_ID contact_id'],
    ['no name', { canonical_name: ' ' }, 'REQUIRED canonical_name'],
    ['metadata that is a text', { sync_metadata: '3' }, 'WRONG_TYPE sync_metadata'],
    ['metadata that is a list', { sync_metadata: [] }, 'WRONG_TYPE sync_metadata'],
    ['no version', { sync_metadata: { ...metadata, version: null } }, 'REQUIRED sync_metadata.version'],
    ['a version as text', { sync_metadata: { ...metadata, version: '3' } }, 'WRONG_TYPE sync_metadata.version'],
    ['half a version', { sync_metadata: { ...metadata, version: 1.5 } }, 'WRONG_TYPE sync_metadata.version'],
    ['version 0', { sync_metadata: { ...metadata, version: 0 } }, 'OUT_OF_RANGE sync_metadata.version'],
    [
      'a version that rounds',
      { sync_metadata: { ...metadata, version: 2 ** 53 } },
      'OUT_OF_RANGE sync_metadata.version',
    ],
    ['no version at all', { sync_metadata: { ...metadata, version: NaN } }, 'OUT_OF_RANGE sync_metadata.version'],
    ['no time', { sync_metadata: { ...metadata, last_updated: '' } }, 'REQUIRED sync_metadata.last_updated'],
    [
      'a number for a time',
      { sync_metadata: { ...metadata, last_updated: 1 } },
      'WRONG_TYPE sync_metadata.last_updated',
    ],
    [
      'a time without an offset',
      { sync_metadata: { ...metadata, last_updated: '2026-05-01T10:34:56' } },
      'INVALID_TIMESTAMP sync_metadata.last_updated',
    ],
    [
      'a day that there is not',
      { sync_metadata: { ...metadata, last_updated: '2026-02-30T10:34:56.000000Z' } },
      'INVALID_TIMESTAMP sync_metadata.last_updated',
    ],
    [
      'a year that not every system stores',
      { sync_metadata: { ...metadata, last_updated: '+012026-02-20T10:34:56Z' } },
      'INVALID_TIMESTAMP sync_metadata.last_updated',
    ],
    ['nobody', { sync_metadata: { ...metadata, last_updated_by: '' } }, 'REQUIRED sync_metadata.last_updated_by'],
    [
      'somebody with a NUL',
      { sync_metadata: { ...metadata, last_updated_by: 'a\u0000' } },
      'INVALID_TEXT sync_metadata.last_updated_by',
    ],
    [
      'somebody with an endless name',
      { sync_metadata: { ...metadata, last_updated_by: 'a'.repeat(1_001) } },
      'TOO_LARGE sync_metadata.last_updated_by',
    ],
  ])('with %s is refused, for that and nothing else', (_, spoilt, problem) => {
    expect(problems({ ...ada, ...spoilt })).toEqual([problem]);
  });

  it('without metadata lacks each part of it', () => {
    expect(problems({ contact_id: '42', canonical_name: 'Ada' })).toEqual([
      'REQUIRED sync_metadata.version',
      'REQUIRED sync_metadata.last_updated',
      'REQUIRED sync_metadata.last_updated_by',
    ]);
  });

  it('with many problems is refused for all of them, a misfit of two fields among them', () => {
    const input = { category_code: 'A', subcategory_code: 'B1', emails: [null, 'a@b.co', 'a@b.co', 7, '\u0000'] };
    expect([...problems(input)].sort()).toEqual([
      'INVALID_SUBCATEGORY subcategory_code',
      'INVALID_TEXT emails.4',
      'REQUIRED canonical_name',
      'REQUIRED contact_id',
      'REQUIRED sync_metadata.last_updated',
      'REQUIRED sync_metadata.last_updated_by',
      'REQUIRED sync_metadata.version',
      'WRONG_TYPE emails.3',
    ]);
  });

  it('tells who sends a number as the id what becomes of it', () => {
    const parsed = parseContact({ ...ada, contact_id: 2 ** 60 });
    expect(parsed.ok ? '' : parsed.problems[0].message).toMatch(/text.*rounds beyond 2\^53/);
  });
});

describe('what runs code where it is read', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const thrower = new Proxy(
    {},
    {
      get() {
        throw new Error('sesame-open-17');
      },
      ownKeys() {
        throw new Error('sesame-open-17');
      },
    },
  );
  const tree: object = new Proxy({}, { ownKeys: () => ['a', 'b'], get: () => tree, getOwnPropertyDescriptor });
  function getOwnPropertyDescriptor() {
    return { value: tree, enumerable: true, configurable: true };
  }
  const wide = Array(100_000).fill(Array(100_000).fill(null));

  it.each<[string, unknown]>([
    ['a revoked proxy', proxy],
    ['an object that throws', thrower],
    ['a revoked proxy inside', { ...ada, organization: proxy }],
    [
      'a getter that throws',
      {
        ...ada,
        get emails() {
          throw new Error('sesame-open-17');
        },
      },
    ],
    [
      'an id that throws',
      {
        ...ada,
        get contact_id() {
          throw new Error('sesame-open-17');
        },
      },
    ],
    [
      'metadata that throws',
      {
        ...ada,
        get sync_metadata() {
          throw new Error('sesame-open-17');
        },
      },
    ],
    ['metadata of which all throws', { ...ada, sync_metadata: thrower }],
    ['an endless tree', { ...ada, llm_context: tree }],
    ['a few lists that stand for billions of entries', { ...ada, emails: wide }],
    ['a list of holes', { ...ada, emails: Object.assign([], { length: 2 ** 32 - 1 }) }],
    ['a list that lies about its length', { ...ada, emails: new Proxy([], { get: () => Number.POSITIVE_INFINITY }) }],
  ])('is refused, not thrown at: %s', (_, input) => {
    const parsed = parseContact(input);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain('sesame');
  });

  it('is a problem of its own field, and costs nobody the other problems', () => {
    const secretive = {
      ...ada,
      get sync_metadata() {
        throw new Error('sesame-open-17');
      },
    };
    expect(problems(secretive)).toEqual(['WRONG_TYPE sync_metadata']);
    expect(problems({ ...ada, sync_metadata: thrower, category_code: 'Q' })).toEqual([
      'WRONG_TYPE sync_metadata.version',
      'WRONG_TYPE sync_metadata.last_updated',
      'WRONG_TYPE sync_metadata.last_updated_by',
      'INVALID_CATEGORY category_code',
    ]);
  });
});

describe('the schemas of id and time', () => {
  it('take the one spelling and nothing else, for one reason', () => {
    const texts = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS, ...HOSTILE_KEYS), hostileText, fc.bigInt().map(String));
    fc.assert(
      fc.property(fc.oneof(texts, hostileJson), (value) => {
        const id = contactIdSchema.safeParse(value);
        expect(id.success).toBe(typeof value === 'string' && isContactId(value));
        expect(id.error?.issues.map(({ message }) => message) ?? []).toEqual(
          id.success ? [] : ['not the decimal form of an INT64'],
        );
        const time = timestampSchema.safeParse(value);
        if (time.success) expect(isTimestamp(time.data)).toBe(true);
        else
          expect(time.error.issues.map(({ message }) => message)).toEqual([
            'not a UTC timestamp with six digits of fraction',
          ]);
      }),
    );
  });
});

it('whatever somebody calls a contact is one in normal form, or named problems', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        hostileFields.map((fields) => ({ ...ada, ...fields })),
      ),
      (input) => {
        const parsed = parseContact(input);
        if (parsed.ok) expect(parseContact(parsed.contact)).toEqual(parsed);
        else expect(parsed.problems.length).toBeLessThanOrEqual(20);
      },
    ),
  );
});
