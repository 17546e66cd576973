/** Rows that somebody spoilt, in a real Postgres: what its users may write, and what was written past the triggers. */
import { CONTENT_FIELDS, canonicalJson, parseContent } from '@contact-sync/contact';
import type { SystemRecord } from '@contact-sync/sync';
import {
  ABSURD_DATES,
  ABSURD_VERSIONS,
  CANARY,
  contents,
  HOSTILE_JSON_TEXTS,
  hostileJson,
  hostileJsonText,
  hostileText,
  nestedText,
} from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { parseChanges, parsePage, parseRecords, rowToRecord, sqlLens } from '../src/index.ts';
import { delivery, type Rig, rig } from './rig.ts';

let db: Rig;
beforeAll(async () => {
  db = await rig();
});
beforeEach(clear);
afterAll(() => db.close());

async function clear(): Promise<void> {
  // Past the triggers: no number follows the highest that Postgres has.
  await db.sql(`set session_replication_role = replica`);
  await db.sql('truncate public.contacts, contact_sync.tombstones, contact_sync.outbox');
  await db.sql(`set session_replication_role = origin`);
}

/** What ingest does with a record: nothing here may throw. */
function read(record: SystemRecord): void {
  canonicalJson(record.fields);
  const parsed = parseContent(sqlLens.fromRecord(record.fields, null));
  if (!parsed.ok) expect(JSON.stringify(parsed.problems)).not.toContain(CANARY);
  sqlLens.same(record.fields, { canonical_name: 'Ada' });
}

const JSONS: readonly string[] = ['emails', 'phones', 'llm_context'];

/** One column and a text for it; what Postgres refuses of its users is no row. */
const spoilt = fc
  .record({
    column: fc.constantFrom(...CONTENT_FIELDS, 'version', 'last_updated', 'last_updated_by', 'deleted_at'),
    text: fc.oneof(
      hostileText,
      hostileJsonText,
      fc.constantFrom(...ABSURD_DATES, ...ABSURD_VERSIONS, ...HOSTILE_JSON_TEXTS),
    ),
    json: fc.oneof(hostileJson, fc.constant(undefined)),
  })
  .map(({ column, text, json }) => ({
    column,
    text: JSONS.includes(column) && json !== undefined ? JSON.stringify(json) : text,
  }));

/** @returns how many of them Postgres took */
async function write(rows: readonly { column: string; text: string }[], past: boolean): Promise<number> {
  if (past) await db.sql(`set session_replication_role = replica`);
  let taken = 0;
  try {
    for (const { column, text } of rows) {
      const more = past ? `, contact_id` : '';
      const sql = `insert into contacts (${column}${more}) values ($1${past ? `, '${taken + 1}'` : ''})`;
      // Postgres itself refuses what its types cannot hold: that is an answer, and no row.
      taken += await db.sql(sql, [text]).then(
        () => 1,
        () => 0,
      );
    }
  } finally {
    if (past) await db.sql(`set session_replication_role = origin`);
  }
  return taken;
}

const SPECIAL = [
  ...['infinity', '-infinity', '0044-03-15 00:00:00 BC', '294276-12-31', '4713-01-01 BC'].map((text) => ({
    column: 'last_updated',
    text,
  })),
  ...['0', '-5', '9007199254740997', '9223372036854775807', '-9223372036854775808'].map((text) => ({
    column: 'version',
    text,
  })),
  { column: 'last_updated_by', text: `${CANARY}${'x'.repeat(1 << 20)}` },
  { column: 'llm_context', text: nestedText(3_000, 'object') },
  { column: 'llm_context', text: '{"k": 1e400, "__proto__": {"x": 1}, "constructor": 1, "a": 1, "a": 2}' },
];

describe('rows of any values', () => {
  it('are told with the good ones between them, each under a number and a time of its own', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(spoilt, { minLength: 1, maxLength: 8 }), async (rows) => {
        await clear();
        await db.sql(`insert into contacts (canonical_name) values ('first')`);
        const taken = await write(rows, false);
        await db.sql(`insert into contacts (canonical_name) values ('last')`);
        const changes = await db.changes();
        expect(changes).toHaveLength(taken + 2);
        for (const { record } of changes) {
          expect(record.version).toBe(1);
          expect(record.last_updated > '1000').toBe(true);
          read(record);
        }
        for (const record of await db.fetch(...changes.map(({ record_id }) => record_id))) read(record);
      }),
      { numRuns: 15, endOnFailure: true, examples: [[SPECIAL]] },
    );
  });

  it('that were written past the triggers stop no other either: not the reading, not what is delivered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(spoilt, { minLength: 1, maxLength: 8 }), async (rows) => {
        await clear();
        const taken = await write(rows, true);
        const { records } = await db.scan(null, 500);
        expect(records).toHaveLength(taken);
        for (const record of records) read(record);
        const ids = [...Array.from({ length: taken }, (_, index) => `${index + 1}`), '91'];
        const outcomes = await db.outcomes(...ids.map((id) => delivery(id, { version: 7 })));
        expect(Object.keys(outcomes).sort()).toEqual(ids.sort());
        expect(outcomes['91']).toBe('applied');
      }),
      { numRuns: 15, endOnFailure: true, examples: [[SPECIAL]] },
    );
  });
});

it('whatever content is delivered stands there as it was sent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(contents, { minLength: 1, maxLength: 5 }), async (all) => {
      await clear();
      await db.apply(...all.map((content, index) => delivery(`${index}`, { content })));
      const { records } = await db.scan(null, 100);
      expect(records).toHaveLength(all.length);
      for (const record of records)
        expect(sqlLens.same(record.fields, all[Number(record.contact_id)] ?? { canonical_name: '' })).toBe(true);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

describe('answers that no function of ours gives', () => {
  const shape = {
    record_id: '1',
    contact_id: null,
    version: '1',
    last_updated: '2024-05-01T12:00:00.123456Z',
    last_updated_by: 'x',
    deleted: false,
  };

  it('are refused as such, and those of ours are read whatever values are in them', () => {
    fc.assert(
      fc.property(hostileJson, (json) => {
        for (const parse of [rowToRecord, parseRecords, parsePage, parseChanges])
          try {
            parse(json);
          } catch (error) {
            expect(error).toBeInstanceOf(ZodError);
            expect(String(error)).not.toContain(CANARY);
          }
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...CONTENT_FIELDS), hostileJson, hostileText, (field, value, text) => {
        const record = rowToRecord({
          ...shape,
          [field]: value,
          last_updated: text,
          last_updated_by: text,
          contact_id: text,
        });
        read(record);
      }),
    );
  });

  it('a number that is none is none, and no other', () => {
    for (const text of ABSURD_VERSIONS.filter((one) => !/^-?\d{1,19}$/.test(one)))
      expect(rowToRecord({ ...shape, version: text }).version, text).toBeNaN();
    expect(rowToRecord({ ...shape, version: null }).version).toBeNaN();
  });
});
