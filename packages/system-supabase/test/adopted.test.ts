import { parseContent } from '@contact-sync/contact';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSupabase, supabaseSql } from '../src/index.ts';
import { PROFILES, PROFILES_MAPPING } from './people.ts';
import { delivery, drain, newProject, type Project } from './project.ts';

describe("an application's own table", () => {
  let project: Project;
  let { adapter, app, sql } = {} as Project;

  beforeAll(async () => {
    project = await newProject(undefined, PROFILES_MAPPING);
    ({ adapter, app, sql } = project);
    await sql.query(PROFILES);
  }, 60_000);

  afterAll(() => project?.close());

  test('has to be looked at: without a connection string nothing can be done or promised', async () => {
    const { url, secretKey } = project.supabase;
    const byHand = createSupabase({ url, secretKey, mapping: PROFILES_MAPPING });
    const refusal = { code: 'SUPABASE_CANNOT_ADOPT', advice: expect.stringContaining('connection string') };
    await expect(byHand.install()).rejects.toMatchObject(refusal);
    await expect(byHand.install({ dry_run: true })).rejects.toMatchObject(refusal);
    expect(() => supabaseSql(PROFILES_MAPPING)).toThrow(expect.objectContaining(refusal));
  });

  test('is adopted, and its rows arrive as changes', async () => {
    const steps = await adapter.install({ dry_run: true });
    expect(steps.map(({ what }) => what)).toContain('announce the 2 rows that are there already');
    expect(await adapter.install()).toEqual(steps);
    expect(await adapter.install()).toEqual([]);
    expect(await adapter.health()).toMatchObject({ ok: true });
    const { changes } = await adapter.changes(null, 10);
    const read = changes.map(({ record }) => parseContent(adapter.lens.fromRecord(record.fields, null)));
    expect(read).toEqual(
      expect.arrayContaining([
        { ok: true, content: { canonical_name: 'Ada Lovelace', emails: ['ada@example.org'] } },
        { ok: true, content: { canonical_name: 'Grace Hopper' } },
      ]),
    );
    await drain(adapter);
  });

  test("is edited by a program and by the hub, and what is the program's own stays", async () => {
    const { data } = await app.from('profiles').select('*').eq('full_name', 'Ada Lovelace').single();
    const content = { canonical_name: 'Ada King', emails: ['king@example.org', 'ada@example.org'], organization: 'O' };
    expect(await adapter.apply([{ ...delivery('5', { version: 2 }, content), record_id: data.id }])).toMatchObject([
      { outcome: 'applied', record_id: data.id },
    ]);
    const { data: now } = await app.from('profiles').select('*').eq('id', data.id).single();
    expect(now).toMatchObject({
      ...{ id: data.id, tags: data.tags, notes: data.notes, created_at: data.created_at, tenant: data.tenant },
      ...{ full_name: 'Ada King', email: 'king@example.org', company: 'O', contact_id: '5', version: 2 },
    });
    await app
      .from('profiles')
      .update({ company: 'Crown', tags: ['x'] })
      .eq('id', data.id);
    await app.from('profiles').update({ notes: 'private' }).eq('id', data.id);
    const { changes } = await adapter.changes(null, 10);
    expect(changes.map(({ record_id, record }) => [record_id, record.version, record.fields.organization])).toEqual([
      [data.id, 3, 'Crown'],
    ]);
    await drain(adapter);
  });

  test('has its contacts deleted and revived from either side, under one id', async () => {
    const [born] = await adapter.apply([delivery('6', { version: 1 }, { canonical_name: 'Mary' })]);
    if (born?.outcome !== 'applied') throw new Error('not applied');
    await app.from('profiles').delete().eq('id', born.record_id);
    const { changes } = await adapter.changes(null, 10);
    expect(changes.map(({ record }) => [record.contact_id, record.version, record.deleted])).toEqual([['6', 2, true]]);
    expect(await adapter.apply([delivery('6', { version: 3 }, { canonical_name: 'Mary' })])).toEqual([born]);
    expect(await adapter.apply([delivery('6', { version: 4 }, null)])).toEqual([born]);
    const { data } = await app.from('profiles').select('full_name, deleted_at').eq('id', born.record_id).single();
    expect(data).toMatchObject({ full_name: 'Mary', deleted_at: expect.any(String) });
    await drain(adapter);
  });

  test('is refused to a hub with another mapping', async () => {
    const { url, secretKey } = project.supabase;
    const other = createSupabase({ url, secretKey });
    await expect(other.changes(null, 1)).rejects.toMatchObject({ name: 'OutageError', code: 'SUPABASE_NOT_INSTALLED' });
    await expect(other.apply([delivery('5', { version: 9 })])).rejects.toMatchObject({
      code: 'SUPABASE_NOT_INSTALLED',
    });
    expect(await other.health()).toMatchObject({ ok: false, detail: expect.stringContaining('contact-sync init') });
  });
});
