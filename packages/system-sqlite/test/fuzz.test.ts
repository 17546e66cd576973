/** Rows that somebody spoilt: SQLite keeps any value in any column. */
import type { SQLInputValue } from 'node:sqlite';
import { CONTENT_FIELDS, canonicalJson, parseContent } from '@contact-sync/contact';
import { sqlLens } from '@contact-sync/contacts-sql';
import { SyncError, type SystemRecord } from '@contact-sync/sync';
import {
  ABSURD_DATES,
  ABSURD_VERSIONS,
  CANARY,
  contents,
  HOSTILE_JSON_TEXTS,
  hostileJsonText,
  hostileText,
  nestedText,
} from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { delivery, type Rig, rig } from './rig.ts';

let db: Rig;
beforeAll(async () => {
  db = await rig();
});
beforeEach(() => db.clear());
afterAll(() => db.close());

const value: fc.Arbitrary<SQLInputValue> = fc.oneof(
  hostileText,
  hostileJsonText,
  fc.constantFrom<SQLInputValue>(null, 0, -1, 1.5, 1e308, 2n ** 62n, new Uint8Array([0xff, 0, 0xed, 0xa0, 0x80])),
  fc.constantFrom(...HOSTILE_JSON_TEXTS, ...ABSURD_DATES, ...ABSURD_VERSIONS),
);

const SYNC = ['version', 'last_updated', 'last_updated_by', 'deleted_at'] as const;
const spoilt = fc.dictionary(fc.constantFrom<string>(...CONTENT_FIELDS, ...SYNC), value, { minKeys: 1, maxKeys: 5 });

/** A blob in each column, which JSON functions of SQLite refuse. */
const BLOBS = [...CONTENT_FIELDS, ...SYNC].map((column) => ({ [column]: new Uint8Array([0xff, 0xed, 0xa0, 0]) }));

/** What ingest does with a record: nothing here may throw. */
function read(record: SystemRecord): void {
  canonicalJson(record.fields);
  const parsed = parseContent(sqlLens.fromRecord(record.fields, null));
  if (!parsed.ok) expect(JSON.stringify(parsed.problems)).not.toContain(CANARY);
  sqlLens.same(record.fields, { canonical_name: 'Ada' });
}

const insert = (row: Readonly<Record<string, SQLInputValue>>) => {
  const names = Object.keys(row);
  db.sql(`INSERT INTO contacts (${names.join()}) VALUES (${names.map(() => '?').join()})`, ...Object.values(row));
};

describe('rows of any values', () => {
  it('are told with the good ones between them, each under a number that is its own', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(spoilt, { minLength: 1, maxLength: 8 }), async (rows) => {
        db.clear();
        insert({ canonical_name: 'first' });
        for (const row of rows) insert(row);
        insert({ canonical_name: 'last' });
        for (const row of rows.slice(0, 3)) {
          const names = Object.keys(row);
          db.sql(
            `UPDATE contacts SET ${names.map((name) => `${name} = ?`).join()} WHERE canonical_name = 'last'`,
            ...Object.values(row),
          );
        }
        const changes = await db.changes();
        const { records } = await db.hub.scan(null, 500);
        expect(records).toHaveLength(rows.length + 2);
        expect(changes.length).toBeGreaterThanOrEqual(rows.length + 2);
        for (const { record } of changes) {
          expect(record.version).toBeGreaterThanOrEqual(1);
          expect(record.version).toBeLessThan(10);
          read(record);
        }
        for (const record of await db.hub.fetch(records.map(({ record_id }) => record_id))) read(record);
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it('that were written past the triggers stop no other either: not the reading, not what is delivered', async () => {
    const triggers = db.sql(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`);
    await fc.assert(
      fc.asyncProperty(fc.array(spoilt, { minLength: 1, maxLength: 6 }), async (rows) => {
        db.clear();
        for (const { name } of triggers) db.user.exec(`DROP TRIGGER "${name}"`);
        try {
          for (const [index, row] of rows.entries())
            insert({
              version: 1,
              last_updated: '2024-05-01T12:00:00.123456Z',
              last_updated_by: 'x',
              ...row,
              contact_id: `${index + 1}`,
            });
        } finally {
          for (const { sql } of triggers) db.user.exec(String(sql));
        }
        const { records } = await db.hub.scan(null, 500);
        expect(records).toHaveLength(rows.length);
        for (const record of records) read(record);
        const ids = [...rows.keys(), 90].map((index) => String(index + 1));
        const outcomes = await db.hub.apply(ids.map((id) => delivery(id, { version: 7 })));
        expect(outcomes.map(({ contact_id }) => String(contact_id)).sort()).toEqual(ids.sort());
        expect(outcomes.find(({ contact_id }) => String(contact_id) === '91')?.outcome).toBe('applied');
      }),
      { numRuns: 15, endOnFailure: true, examples: [[BLOBS]] },
    );
  });
});

it('texts of megabytes and JSON as deep as SQLite takes it are told', async () => {
  insert({ canonical_name: 'x'.repeat(10 << 20) });
  insert({ canonical_name: 'deep', llm_context: nestedText(900, 'object') });
  insert({ canonical_name: 'deeper', llm_context: nestedText(100_000) });
  insert({ canonical_name: 'good' });
  const all = [...(await db.drain()), ...(await db.drain())];
  for (const { record } of all) read(record);
  expect(all.map(({ record }) => parseContent(sqlLens.fromRecord(record.fields, null)).ok)).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

it('whatever content is delivered stands there as it was sent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(contents, { minLength: 1, maxLength: 5 }), hostileText, async (all, by) => {
      db.clear();
      await db.hub.apply(all.map((content, index) => delivery(`${index}`, { content, last_updated_by: by })));
      const { records } = await db.hub.scan(null, 100);
      for (const record of records)
        expect(sqlLens.same(record.fields, all[Number(record.contact_id)] ?? { canonical_name: '' })).toBe(true);
      expect(records).toHaveLength(all.length);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

it('keys, ids and cursors that are none of its own are ignored, or refused in words of the hub', async () => {
  insert({ canonical_name: 'good' });
  await fc.assert(
    fc.asyncProperty(hostileText, async (text) => {
      expect(await db.hub.fetch([text, 'x'])).toEqual([]);
      await db.hub.ack([text]);
      const scanned = await db.hub.scan(text, 10).catch((error: unknown) => error);
      if (scanned instanceof Error) {
        expect(scanned).toBeInstanceOf(SyncError);
        expect(String(scanned)).not.toContain(CANARY);
      }
    }),
    { numRuns: 60 },
  );
  expect(await db.changes()).toHaveLength(1);
});
