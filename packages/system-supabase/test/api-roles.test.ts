/** What an app's visitors may do through the API: nothing but what the project's owner granted and a policy lets pass. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appOf, delivery, newProject, type Project } from './project.ts';

let project: Project;
let visitor: ReturnType<typeof appOf>;

beforeAll(async () => {
  project = await newProject();
  await project.adapter.install();
  await project.adapter.apply([
    delivery('1', { version: 1 }, { canonical_name: 'Seen', organization: 'public' }),
    delivery('2', { version: 1 }, { canonical_name: 'Hidden', organization: 'private' }),
  ]);
  visitor = appOf(project.supabase.url, project.supabase.publishableKey);
}, 60_000);
afterAll(() => project?.close());

const contacts = () => visitor.from('contacts');
const names = async () => (await project.app.from('contacts').select('canonical_name').order('contact_id')).data;

describe('a visitor', () => {
  test('reaches neither the contacts nor the functions of the hub, until the owner says so', async () => {
    const answers = [
      await contacts().select(),
      await contacts().insert({ canonical_name: 'Mine' }),
      await contacts().update({ canonical_name: 'Mine' }).eq('contact_id', '1'),
      await contacts().delete().eq('contact_id', '1'),
      await visitor.rpc('contact_sync_apply', { rows: [] }),
      await visitor.rpc('contact_sync_changes', { max: 10 }),
      await visitor.rpc('contact_sync_ack', { ids: ['1'] }),
      await visitor.rpc('contact_sync_fetch', { ids: ['1'] }),
      await visitor.rpc('contact_sync_scan', { after: null, max: 10 }),
      await visitor.rpc('contact_sync_schema'),
    ];
    for (const { data, error } of answers) expect({ data, code: error?.code }).toEqual({ data: null, code: '42501' });
    expect((await visitor.schema('contact_sync').from('outbox').select()).error).not.toBeNull();
    expect(await names()).toEqual([{ canonical_name: 'Seen' }, { canonical_name: 'Hidden' }]);
  });

  test('with a grant but no policy sees and changes no row', async () => {
    await project.sql.query('grant select, insert, update, delete on public.contacts to anon');
    expect((await contacts().select()).data).toEqual([]);
    expect((await contacts().insert({ canonical_name: 'Mine' })).error?.code).toBe('42501');
    expect((await contacts().update({ canonical_name: 'Mine' }).eq('contact_id', '1').select()).data).toEqual([]);
    expect((await contacts().delete().eq('contact_id', '1').select()).data).toEqual([]);
    expect(await names()).toEqual([{ canonical_name: 'Seen' }, { canonical_name: 'Hidden' }]);
  });

  test('with a policy sees what it lets pass, also after the hub wrote and after another init', async () => {
    await project.sql.query(
      `create policy shown on public.contacts for select to anon using (organization = 'public')`,
    );
    const seen = async () => (await contacts().select('canonical_name')).data;
    expect(await seen()).toEqual([{ canonical_name: 'Seen' }]);
    await project.adapter.apply([
      delivery('1', { version: 2 }, { canonical_name: 'Seen', organization: 'private' }),
      delivery('2', { version: 2 }, { canonical_name: 'Shown', organization: 'public' }),
    ]);
    expect(await project.adapter.install()).toEqual([]);
    expect(await seen()).toEqual([{ canonical_name: 'Shown' }]);
    expect((await contacts().update({ canonical_name: 'Mine' }).eq('contact_id', '2').select()).data).toEqual([]);
  });
});
