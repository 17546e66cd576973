import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_MAPPING } from '@contact-sync/contacts-sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../src/index.ts';
import { LEAST } from './least.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contact-sync-mapping-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(mapping: unknown) {
  const path = join(folder, 'mapping.json');
  writeFileSync(path, typeof mapping === 'string' ? mapping : JSON.stringify(mapping));
  return loadConfig({ ...LEAST, MAPPING_FILE: path }).mapping;
}

function problems(mapping: unknown): readonly string[] {
  try {
    load(mapping);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('a mapping file', () => {
  test('changes what it names and leaves the rest as it is by default', () => {
    const { local, supabase } = load({
      local: {
        table: 'crm.people',
        id: 'person_id',
        columns: { canonical_name: 'full_name', emails: { column: 'email', holds: 'first' }, linkedin_url: null },
        sync: { version: 'sync_version' },
      },
    });
    expect(supabase).toBeUndefined();
    expect(local).toEqual({
      adopt: true,
      table: 'crm.people',
      id: 'person_id',
      columns: {
        ...DEFAULT_MAPPING.columns,
        canonical_name: { column: 'full_name', holds: 'all' },
        emails: { column: 'email', holds: 'first' },
        linkedin_url: null,
      },
      sync: { ...DEFAULT_MAPPING.sync, version: 'sync_version' },
    });
  });

  test('says which fields of a person hold what', () => {
    const twenty = { fields: { organization: 'companyName', 'llm_context.how_met': 'howMet', linkedin_url: null } };
    expect(load({ twenty }).twenty).toEqual({ ...twenty, sync: {} });
  });

  test('that is shown in the documentation is a good one', () => {
    const text = readFileSync(new URL('../../../docs/systems.md', import.meta.url), 'utf8');
    const examples = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => json ?? '');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(problems(example)).toEqual([]);
  });

  test('that says nothing of a table adopts it as it is called by default', () => {
    expect(load({ supabase: {} }).supabase).toEqual({ ...DEFAULT_MAPPING, adopt: true });
    expect(load({})).toEqual({});
  });

  test.each([
    ['no JSON', '{', /not JSON/],
    ['a system that has no tables', { bigquery: {} }, /bigquery/],
    ['an unknown word', { local: { columns: { nickname: 'nick' } } }, /nickname/],
    ['a contact without a name', { local: { columns: { canonical_name: null } } }, /canonical_name/],
    [
      'a category whose subcategory lies elsewhere',
      { local: { columns: { category_code: null } } },
      /subcategory_code/,
    ],
    [
      'the first of what is no list',
      { local: { columns: { job_title: { column: 'x', holds: 'first' } } } },
      /job_title/,
    ],
    ['one column for two fields', { local: { columns: { organization: 'job_title' } } }, /same column/],
    ['one column for a field and the sync', { local: { sync: { version: 'organization' } } }, /same column/],
    ['a table of three parts', { local: { table: 'a.b.c' } }, /table/],
    ['an empty name', { local: { id: ' ' } }, /local\.id/],
    ['a number', { local: { table: 5 } }, /local\.table/],
    ['a list', [], /top/],
    ['a field of a person that contacts do not have', { twenty: { fields: { nickname: 'nick' } } }, /nickname/],
    ['a name that Twenty does not take', { twenty: { fields: { organization: 'company_name' } } }, /organization/],
    ['half of a category', { twenty: { fields: { category_code: null } } }, /subcategory_code/],
    ['a person in a list', { twenty: [] }, /twenty/],
  ])('with %s is refused', (_, mapping, told) => {
    expect(problems(mapping).join('\n')).toMatch(told);
  });

  test('is told all of its problems at once, with those of the variables', () => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, JSON.stringify({ local: { table: '', columns: { emails: 7 } } }));
    try {
      loadConfig({ ...LEAST, PORT: 'x', MAPPING_FILE: path });
      expect.unreachable();
    } catch (error) {
      expect(error instanceof ConfigError && error.problems.map(({ variable }) => variable)).toEqual([
        'PORT',
        'MAPPING_FILE',
        'MAPPING_FILE',
      ]);
    }
  });

  test('that is not there is named', () => {
    expect(() => loadConfig({ ...LEAST, MAPPING_FILE: join(folder, 'none.json') })).toThrow(
      /cannot be read \(ENOENT\)/,
    );
  });
});
