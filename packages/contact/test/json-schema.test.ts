import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileJson } from '../../testkit/src/hostile.ts';
import { CONTENT_FIELDS, contactJsonSchema, type FindingCode, parseContact, validateContact } from '../src/index.ts';
import { contacts } from './arbitrary.ts';

const file: unknown = JSON.parse(readFileSync(new URL('../contact.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ strict: true });
const matches = ajv.compile(contactJsonSchema());

const metadata = { version: 3, last_updated: '2026-05-01T10:34:56.000000Z', last_updated_by: 'ada' };
const ada = {
  contact_id: '42',
  canonical_name: 'Ada',
  category_code: 'A',
  subcategory_code: 'A1',
  sync_metadata: metadata,
};

describe('contact.schema.json', () => {
  it('is what the model says now (else: node packages/contact/spec/write-schema.ts, npm run format)', () => {
    expect(JSON.stringify(file)).toBe(JSON.stringify(contactJsonSchema()));
  });

  it('takes every contact in normal form', () => {
    fc.assert(
      fc.property(contacts, (contact) => {
        expect(matches(contact), ajv.errorsText(matches.errors)).toBe(true);
      }),
    );
  });

  it.each<[string, object]>([
    ['a number for an id', { contact_id: 42 }],
    ['an id in another spelling', { contact_id: '007' }],
    ['no name', { canonical_name: undefined }],
    ['an empty name', { canonical_name: '' }],
    ['a blank name', { canonical_name: ' ' }],
    ['a name too long', { canonical_name: 'x'.repeat(1_001) }],
    ['an unknown category', { category_code: 'Q' }],
    ['a subcategory of another category', { subcategory_code: 'B1' }],
    ['a subcategory alone', { category_code: undefined, subcategory_code: 'B1' }],
    ['a text for a list', { emails: 'ada@example.org' }],
    ['a number in a list', { phones: [1] }],
    ['too many addresses', { emails: Array(501).fill('a@b.co') }],
    ['depth 0', { llm_context: { emotional_depth: 0 } }],
    ['half a closeness', { llm_context: { closeness_level: 5.5 } }],
    ['a date that is a number', { llm_context: { important_dates: [{ date: 2024 }] } }],
    ['no metadata', { sync_metadata: undefined }],
    ['no version', { sync_metadata: { ...metadata, version: undefined } }],
    ['version 0', { sync_metadata: { ...metadata, version: 0 } }],
    ['a time that is not UTC', { sync_metadata: { ...metadata, last_updated: '2026-05-01T10:34:56+02:00' } }],
    ['nobody', { sync_metadata: { ...metadata, last_updated_by: '' } }],
    ['a field it does not know', { canonicalName: 'Ada' }],
  ])('refuses %s', (_, spoilt) => {
    expect(matches(JSON.parse(JSON.stringify(ada)))).toBe(true);
    expect(matches(JSON.parse(JSON.stringify({ ...ada, ...spoilt })))).toBe(false);
  });

  it('refuses whatever parseContact refuses for a reason that a schema can express', () => {
    const spoilt = fc
      .tuple(contacts, fc.constantFrom(...CONTENT_FIELDS, 'contact_id', 'sync_metadata'), hostileJson)
      .map(([contact, field, value]): unknown => JSON.parse(JSON.stringify({ ...contact, [field]: value })));
    fc.assert(
      fc.property(spoilt, (contact) => {
        const refused = validateContact(contact).some(({ code, field }) => EXPRESSIBLE.has(code) && field !== '');
        if (refused) expect(matches(contact), JSON.stringify(parseContact(contact))).toBe(false);
      }),
      { numRuns: 150 },
    );
  });
});

/** Not: texts with NUL, sizes (which JSON Schema counts in code points), the last digits of an id, days that are not. */
const EXPRESSIBLE: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'REQUIRED',
  'WRONG_TYPE',
  'INVALID_CATEGORY',
  'INVALID_SUBCATEGORY',
  'OUT_OF_RANGE',
]);
