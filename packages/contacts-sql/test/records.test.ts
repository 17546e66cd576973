import { type Content, parseContent } from '@contact-sync/contact';
import { OutageError, PermanentError, ThrottledError, TransientError } from '@contact-sync/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryToRow, errorOfSqlState, failingOf, parseOutcomes, rowToRecord, sqlLens } from '../src/index.ts';
import { delivery } from './rig.ts';

const row = {
  record_id: '7',
  contact_id: null,
  version: '1',
  last_updated: '2024-05-01T12:00:00.123456Z',
  last_updated_by: 'me',
  deleted: false,
};

const texts = fc.array(fc.string({ minLength: 1 }), { maxLength: 3 });
const content: fc.Arbitrary<Content> = fc
  .record(
    {
      canonical_name: fc.string({ minLength: 1 }),
      given_name: fc.string(),
      emails: texts,
      phones: texts,
      category_code: fc.constantFrom('A', 'B', 'X'),
      llm_context: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
    },
    { requiredKeys: ['canonical_name'] },
  )
  .map((raw) => parseContent(raw))
  .filter((result) => result.ok)
  .map((result) => result.content);

describe('the lens', () => {
  it('gives back what it took, through text and back', () => {
    fc.assert(
      fc.property(content, (c) => {
        const stored = rowToRecord({ ...row, ...JSON.parse(JSON.stringify(sqlLens.toRecord(c))) });
        expect(sqlLens.same(stored.fields, c)).toBe(true);
        expect(sqlLens.fromRecord(stored.fields, c)).toEqual(c);
        expect(parseContent(sqlLens.fromRecord(stored.fields, null))).toEqual({ ok: true, content: c });
      }),
    );
  });

  it('compares JSON as values, whatever the order of keys', () => {
    const base: Content = { canonical_name: 'Ada', llm_context: { a: 1, b: [2] } };
    const { fields } = rowToRecord({ ...row, canonical_name: 'Ada', llm_context: { b: [2], a: 1.0 } });
    expect(sqlLens.same(fields, base)).toBe(true);
  });

  it('an emptied column is an emptied field', () => {
    const base: Content = { canonical_name: 'Ada', organization: 'O' };
    const { fields } = rowToRecord({ ...row, canonical_name: 'Ada', organization: null });
    expect(sqlLens.fromRecord(fields, base)).toEqual({ canonical_name: 'Ada' });
  });
});

describe('a row', () => {
  it('is read whatever JSON a user put into it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('canonical_name', 'emails', 'llm_context'), fc.jsonValue()),
        (columns) => {
          const { fields } = rowToRecord({ ...row, ...columns });
          expect(() => parseContent(sqlLens.fromRecord(fields, { canonical_name: 'Ada' }))).not.toThrow();
        },
      ),
    );
  });

  it('with numbers beyond a double or endless nesting is judged, not thrown', () => {
    const deep = JSON.parse('['.repeat(5000) + ']'.repeat(5000));
    for (const llm_context of [{ emotional_depth: Number.POSITIVE_INFINITY }, { notes: deep }]) {
      const { fields } = rowToRecord({ ...row, canonical_name: 'Ada', llm_context });
      expect(parseContent(sqlLens.fromRecord(fields, { canonical_name: 'Ada' }))).toMatchObject({ ok: false });
    }
  });

  it('that was loaded past the triggers is read too', () => {
    const record = rowToRecord({ ...row, contact_id: '007', last_updated: null, last_updated_by: null });
    expect(record).toMatchObject({ contact_id: null, last_updated: '0001-01-01T00:00:00.000000Z' });
  });
});

describe('a delivery', () => {
  it('leaves as text what JavaScript would round, and drops record ids of other systems', () => {
    const sent = deliveryToRow(delivery('9223372036854775807', { record_id: '6ba7b810-9dad', version: 3 }), sqlLens);
    expect(sent).toMatchObject({ contact_id: '9223372036854775807', version: '3', deleted: false });
  });

  it('of a tombstone carries no content', () => {
    expect(deliveryToRow(delivery('5', { content: null }), sqlLens)).not.toHaveProperty('canonical_name');
  });
});

describe('an SQLSTATE', () => {
  it.each([
    ['40001', TransientError],
    ['40P01', TransientError],
    ['57014', TransientError],
    ['55P03', TransientError],
    ['53300', ThrottledError],
    ['53100', OutageError],
    ['08006', OutageError],
    ['57P01', OutageError],
    ['57P03', OutageError],
    ['25006', OutageError],
    ['42501', OutageError],
    ['28P01', OutageError],
    ['3D000', OutageError],
    ['42P01', OutageError],
    ['42883', OutageError],
    ['CS001', OutageError],
    ['22P02', PermanentError],
    ['23505', PermanentError],
  ])('%s is a %o', (sqlstate, kind) => {
    expect(errorOfSqlState(sqlstate, 'the database')).toBeInstanceOf(kind);
  });

  it('names what to do where waiting will not help', () => {
    expect(errorOfSqlState('42883', 'x', { prefix: 'LOCAL' })).toMatchObject({
      code: 'LOCAL_NOT_INSTALLED',
      advice: 'run contact-sync init',
    });
    expect(failingOf('42501')).toBe('denied');
  });

  it("of one row is that row's fault, unless it passes", () => {
    const failed = (sqlstate: string) => [
      { contact_id: '5', outcome: 'failed', sqlstate, constraint: '', column: 'emails' },
    ];
    for (const sqlstate of ['23502', 'P0001', '42P01', '42501'])
      expect(parseOutcomes(failed(sqlstate), 'x')).toMatchObject([{ outcome: 'rejected', error: { field: 'emails' } }]);
    for (const sqlstate of ['55P03', '40P01', '53200', '57P01'])
      expect(() => parseOutcomes(failed(sqlstate), 'x')).toThrow();
  });
});
