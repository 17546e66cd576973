import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DEFAULT_MAPPING } from '@contact-sync/contacts-sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqlite } from '../src/index.ts';
import { render } from '../src/render.ts';
import { STEPS } from '../src/write.ts';

let folder: string;
let db: DatabaseSync;
const sql = render(DEFAULT_MAPPING);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'contact-sync-plans-'));
  const path = join(folder, 'contacts.db');
  const adapter = createSqlite({ path });
  await adapter.install();
  await adapter.close();
  db = new DatabaseSync(path);
  db.exec(sql.of('deliveries'));
});
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const planOf = (name: string): readonly string[] =>
  db
    .prepare(`EXPLAIN QUERY PLAN ${sql.of(name)}`)
    .all()
    .map(({ detail }) => String(detail));

/** The contacts and what lies beside them, by name and by the aliases of the statements. */
const LARGE = /^SCAN (c|t|o|i|contacts|contact_sync_\w+)\b/;
/** An index over what may be null, where the row is known by its id. */
const BY_NULL = /^SEARCH [ct] USING (COVERING )?INDEX/;

describe('whatever is done for a batch looks its rows up, however large the table and however many have no name yet', () => {
  it.each([...STEPS, 'outcomes', 'ack'])('%s', (name) => {
    const plan = planOf(name);
    expect(plan.length).toBeGreaterThan(0);
    expect(plan.filter((step) => LARGE.test(step))).toEqual([]);
    if (name.startsWith('name_')) expect(plan.filter((step) => BY_NULL.test(step))).toEqual([]);
  });
});
