/** Rows that analysts and programs write by hand: BigQuery checks nothing but the types of its columns. */
import { type ContactId, canonicalJson, contactId, MAX_VERSION, parseContent } from '@contact-sync/contact';
import {
  ABSURD_VERSIONS,
  CANARY,
  contents,
  HOSTILE_JSON_TEXTS,
  hostileJsonText,
  hostileText,
  nestedText,
} from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lens } from '../src/lens.ts';
import { historyOf, type Row, recordOf } from '../src/rows.ts';
import { startWorld, TIME, version, type World } from './setup.ts';

const TEXTS = [
  'canonical_name',
  'given_name',
  'organization',
  'category_code',
  'subcategory_code',
  'linkedin_url',
  'last_updated_by',
  'status',
  'source',
  'change_id',
  'content_hash',
];
const JSONS = ['emails', 'phones', 'llm_context'];

const plain: Row = {
  change_id: null,
  contact_id: contactId('1'),
  version: '1',
  last_updated_us: TIME,
  last_updated_by: null,
  row_status: 'accepted',
  source: null,
  is_deleted: false,
  by_hub: false,
  recorded_us: TIME,
};

it('whatever a row holds is a record that can be decided over, and history only if it can be', () => {
  const spoilt = fc.dictionary(
    fc.constantFrom(...TEXTS, ...JSONS),
    fc.oneof(hostileText, hostileJsonText, fc.constantFrom(...HOSTILE_JSON_TEXTS)),
    { maxKeys: 5 },
  );
  fc.assert(
    fc.property(
      spoilt,
      fc.constantFrom(...ABSURD_VERSIONS.filter((text) => /^-?\d+$/.test(text)), '2'),
      (columns, number) => {
        const row = { ...plain, ...columns, version: number };
        const record = recordOf(row);
        canonicalJson(record.fields);
        const parsed = parseContent(lens.fromRecord(record.fields, null));
        if (!parsed.ok) expect(JSON.stringify(parsed.problems)).not.toContain(CANARY);
        lens.same(record.fields, { canonical_name: 'Ada' });
        const history = historyOf(row);
        if (history === null) return;
        expect(history.version >= 1 && history.version <= MAX_VERSION).toBe(true);
        expect(history.content).toEqual(parsed.ok ? parsed.content : null);
      },
    ),
    {
      numRuns: 300,
      examples: [
        [{ canonical_name: 'Ada', llm_context: nestedText(100_000) }, '2'],
        [{ canonical_name: 'Ada', llm_context: '{"k":1e999}' }, '2'],
      ],
    },
  );
});

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.adapter.install();
});
afterAll(() => world.sandbox.close());

const idsOf = (count: number, from: number): ContactId[] =>
  Array.from({ length: count }, (_, index) => contactId(`${from + index}`));

it('rows of any values are told with the good ones between them, and read in every way', async () => {
  const rows = fc.sample(
    fc.record({
      text: fc.constantFrom(...TEXTS),
      value: hostileText,
      json: fc.constantFrom(...JSONS),
      parsed: hostileJsonText,
    }),
    { numRuns: 12, seed: 9 },
  );
  const ids = idsOf(rows.length * 2, 1_000);
  for (const [index, { text, value, json, parsed }] of rows.entries()) {
    // What is no JSON at all BigQuery refuses itself.
    const column = isJson(parsed) ? parsed : '{}';
    const number = ABSURD_VERSIONS.filter((one) => /^-?\d{1,18}$/.test(one))[index % 5] ?? '1';
    const name = text === 'canonical_name' ? '' : 'canonical_name, ';
    await world.run(
      `INSERT INTO crm.contact_versions (contact_id, version, last_updated, ${name}${text}, ${json})
       VALUES (${1_000 + 2 * index}, ${number}, TIMESTAMP '2024-05-01', ${name && "'Ada', "}@value, PARSE_JSON(@column))`,
      { value: value.toWellFormed().replaceAll('\0', ''), column },
    );
    await world.run(
      `INSERT INTO crm.contact_versions (contact_id, version, last_updated, canonical_name) VALUES (${1_001 + 2 * index}, 1, CURRENT_TIMESTAMP(), 'Good')`,
    );
  }
  const told = (await world.adapter.changes(null, 500)).changes.map(({ record_id }) => record_id);
  expect(new Set(told)).toEqual(new Set<string>(ids));
  expect(await world.adapter.fetch(ids)).toHaveLength(ids.length);
  const scanned = await world.adapter.scan(null, 500);
  expect(scanned.records.length).toBeGreaterThanOrEqual(ids.length);
  const heads = await world.adapter.heads(ids);
  expect(heads.length).toBeGreaterThanOrEqual(rows.length);
  for (const head of heads) expect(head.version <= MAX_VERSION).toBe(true);
  await world.adapter.history(ids);
});

it('whatever content is appended comes back as it was, by whoever it is said to be', async () => {
  const all = fc.sample(fc.tuple(contents, hostileText), { numRuns: 30, seed: 11 });
  const rows = all.map(([content, by], index) =>
    version(`${5_000 + index}`, 1, content, {
      last_updated_by: by.toWellFormed().replaceAll('\0', '\ufffd').slice(0, 200),
    }),
  );
  await world.adapter.append(rows);
  const heads = new Map((await world.adapter.heads(idsOf(rows.length, 5_000))).map((head) => [head.contact_id, head]));
  for (const row of rows) expect(heads.get(row.contact_id)?.content_hash).toBe(row.content_hash);
});

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return !/\\u0000|\\ud[89a-f]/i.test(text) && JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
