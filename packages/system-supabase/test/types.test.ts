import { canonicalJson, contactId, type Json, parseContent } from '@contact-sync/contact';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, delivery, drain, newProject, type Project } from './project.ts';

/** The mapping of types that issue and documentation promise: what BigQuery holds, and as what Supabase has it. */
describe('the types of BigQuery as Supabase holds them', () => {
  let project: Project;
  let { adapter, app, sql } = {} as Project;

  beforeAll(async () => {
    project = await newProject();
    ({ adapter, app, sql } = project);
    await adapter.install();
  }, 60_000);

  afterAll(() => project?.close());

  const write = async (given: ReturnType<typeof delivery>): Promise<string> => {
    const [outcome] = await adapter.apply([given]);
    if (outcome?.outcome !== 'applied') throw new Error('not applied');
    return outcome.record_id;
  };
  const column = async (name: string, id: string): Promise<unknown> => {
    const { data } = await app.from('contacts').select(name).eq('contact_id', id).single();
    return Reflect.get(Object(data), name);
  };

  test('columns have the types that are promised', async () => {
    const { rows } = await sql.query<{ name: string; type: string }>(
      `select column_name as name, data_type as type from information_schema.columns
       where table_schema = 'public' and table_name = 'contacts'`,
    );
    expect(Object.fromEntries(rows.map(({ name, type }) => [name, type]))).toMatchObject({
      contact_id: 'text', // INT64
      canonical_name: 'text', // STRING
      category_code: 'text',
      emails: 'jsonb', // JSON
      phones: 'jsonb',
      llm_context: 'jsonb',
      last_updated: 'timestamp with time zone', // TIMESTAMP
      deleted_at: 'timestamp with time zone',
    });
  });

  test.each(['9223372036854775807', '-9223372036854775808', '9007199254740993', '0'])(
    'INT64 %s is exact as TEXT, and back',
    async (id) => {
      const record_id = await write(delivery(id, { version: 1 }));
      expect(await column('contact_id', id)).toBe(id);
      await app.from('contacts').update({ job_title: 'edited' }).eq('contact_id', id);
      const { changes } = await adapter.changes(null, 10);
      expect(changes.map(({ record }) => [record.record_id, record.contact_id])).toEqual([[record_id, contactId(id)]]);
      await drain(adapter);
    },
  );

  test('STRING is the same TEXT, whatever is written in it', async () => {
    const name = 'Zoë 🧭 “q” \\ \' " {} null 1e3 \u{10FFFF}';
    const record_id = await write(delivery('11', { version: 1 }, { canonical_name: name }));
    expect(await column('canonical_name', '11')).toBe(name);
    expect((await adapter.fetch([record_id]))[0]?.fields.canonical_name).toBe(name);
  });

  test('JSON is the same value as JSONB, whatever its numbers and the order of its keys', async () => {
    const llm_context = {
      zeta: [1e3, 1.1, -0.1, 1e-7, 1e21, 5e-324, 1.7976931348623157e308, 9007199254740991, -9007199254740991],
      alpha: { 10: 'ten', 9: 'nine', b: true, a: ['null', false] },
      how_met: '"quoted" \\ line\nbreak',
    };
    const given = delivery('12', { version: 1 }, { canonical_name: 'J', llm_context, emails: ['b@x.org', 'a@x.org'] });
    const record_id = await write(given);
    // What JSON.parse made of the answer of PostgREST is JSON.
    const raw = { llm_context: (await column('llm_context', '12')) as Json, emails: await column('emails', '12') };
    expect(canonicalJson(raw.llm_context)).toBe(canonicalJson(llm_context));
    expect(raw.emails).toEqual(['b@x.org', 'a@x.org']);
    expect(await adapter.apply([given])).toMatchObject([{ outcome: 'unchanged' }]);
    // A program that writes the same value in other words has edited nothing.
    await sql.query(
      `update contacts set llm_context = replace(llm_context::text, '[1000,', '[1.0e3,')::jsonb where id = $1`,
      [record_id],
    );
    expect((await adapter.changes(null, 10)).changes).toEqual([]);
    const [record] = await adapter.fetch([record_id]);
    expect(parseContent(adapter.lens.fromRecord(record?.fields ?? {}, null))).toEqual({
      ok: true,
      content: given.content,
    });
  });

  test.each([
    '2024-05-01T12:34:56.123456Z',
    '2024-05-01T12:34:56.100000Z',
    '0001-01-01T00:00:00.000001Z',
    '9999-12-31T23:59:59.999999Z',
  ])('TIMESTAMP %s is exact to the microsecond as TIMESTAMPTZ, and back', async (time) => {
    const id = String(time.length + Number(time.slice(0, 4)) + Number(time.slice(20, 26)));
    const record_id = await write(delivery(id, { version: 1, last_updated: time }));
    expect(at(String(await column('last_updated', id)))).toBe(time);
    expect(await adapter.fetch([record_id])).toMatchObject([{ last_updated: time }]);
    // A program that was offline brings the time of its edit along.
    const earlier = at(time.startsWith('0001') ? '0001-01-01T00:00:00.000002Z' : time.replace(/.Z$/, '5Z'));
    await app.from('contacts').update({ job_title: 'edited', last_updated: earlier }).eq('contact_id', id);
    expect((await adapter.changes(null, 10)).changes).toMatchObject([{ record: { last_updated: earlier } }]);
    await drain(adapter);
  });
});
