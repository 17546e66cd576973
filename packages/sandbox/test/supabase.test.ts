import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from '@supabase/supabase-js';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RunningPostgres, startPostgres } from '../src/postgres/index.ts';
import { type LocalSupabase, startSupabase } from '../src/supabase/index.ts';

const CONTACTS = `
  create table public.contacts (
    id text primary key,
    phones text[],
    llm_context jsonb,
    updated timestamptz default '2024-05-01 12:34:56.1234+00'
  );
  grant select, insert, update, delete on public.contacts to service_role;
  create function public.echo(value jsonb) returns jsonb language sql volatile
    as $$ select jsonb_build_object('type', jsonb_typeof(value), 'value', value, 'role', current_user,
      'timeout', current_setting('statement_timeout')) $$;
  create function public.fail(state text) returns jsonb language plpgsql
    as $$ begin raise exception 'told' using errcode = state; end $$;
  create function public.numbers(n int) returns setof int language sql as 'select generate_series(1, n)';
`;
const LONG_ID = '9223372036854775807';

interface Posted {
  readonly secret: string | undefined;
  readonly body: unknown;
}

/** An endpoint that keeps what Database Webhooks post to it. */
async function receiver(): Promise<{ url: string; posted: Posted[]; close(): void }> {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    const { 'x-webhook-secret': secret } = request.headers;
    posted.push({ secret: String(secret), body: JSON.parse(await text(request)) });
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    posted,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const client = (url: string, key: string) =>
  createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false }, db: { retry: false } });

describe('a local Supabase', () => {
  const spoken = vi.spyOn(console, 'error').mockReturnValue();
  let cluster: RunningPostgres;
  let sql: Sql;
  let supabase: LocalSupabase;
  let hooks: Awaited<ReturnType<typeof receiver>>;
  let db: ReturnType<typeof client>;

  beforeAll(async () => {
    cluster = await startPostgres();
    const postgresUrl = await cluster.createDatabase('local_supabase');
    hooks = await receiver();
    supabase = await startSupabase({ postgresUrl, webhook: { url: hooks.url, secret: 'static' } });
    sql = postgres(postgresUrl, { max: 1, onnotice: () => {} });
    db = client(supabase.url, supabase.secretKey);
    expect((await db.from('contacts').select()).error?.code).toBe('PGRST205');
    await sql.unsafe(CONTACTS);
    await vi.waitFor(async () => expect((await db.rpc('numbers', { n: 1 })).error).toBeNull(), 5_000);
  }, 60_000);

  afterAll(async () => {
    await sql?.end();
    await supabase?.close();
    hooks?.close();
    await cluster?.close();
    spoken.mockRestore();
  });

  test('hands jsonb arguments to a function as they are, under the role of the key and its time limit', async () => {
    for (const value of [[{ a: 1.5, b: { c: null } }], { k: 'v' }, ['x'], [], 'text'])
      expect((await db.rpc('echo', { value })).data).toEqual({
        type: Array.isArray(value) ? 'array' : typeof value,
        value,
        role: 'service_role',
        timeout: '8s',
      });
  });

  test('writes timestamps as PostgREST does', async () => {
    const { data } = await db.from('contacts').insert({ id: 'time' }).select('updated').single();
    expect(data).toEqual({ updated: '2024-05-01T12:34:56.1234+00:00' });
  });

  test('caps what a function returns at 1000 rows, silently', async () => {
    expect((await db.rpc('numbers', { n: 1500 })).data).toHaveLength(1000);
  });

  test.each([
    ['P0001', 400],
    ['22P02', 400],
    ['23514', 400],
    ['23505', 409],
    ['40P01', 500],
    ['57014', 500],
    ['53300', 503],
  ])('answers SQLSTATE %s with status %i', async (state, status) => {
    const answer = await db.rpc('fail', { state });
    expect(answer.error?.code).toBe(state);
    expect(answer.status).toBe(status);
  });

  test('prints nothing, whatever the database says', async () => {
    await db.rpc('fail', { state: '22000' });
    expect(spoken).not.toHaveBeenCalled();
    console.error('heard');
    expect(spoken).toHaveBeenCalledOnce();
  });

  test('finds long ids and phones by filters', async () => {
    await db.from('contacts').insert({ id: LONG_ID, phones: ['+14155552671', '007'] });
    const only = [{ id: LONG_ID }];
    const ids = () => db.from('contacts').select('id');
    expect((await ids().eq('id', LONG_ID)).data).toEqual(only);
    expect((await ids().in('id', [LONG_ID, '1'])).data).toEqual(only);
    expect((await ids().contains('phones', ['+14155552671', '007'])).data).toEqual(only);
    expect((await ids().or(`id.eq.${LONG_ID},id.eq.none`)).data).toEqual(only);
  });

  test('grants nothing by itself, to no role', async () => {
    await sql`create table public.bare (id int)`;
    await vi.waitFor(async () => {
      const { error, status } = await db.from('bare').select();
      expect([error?.code, status]).toEqual(['42501', 403]);
    }, 5_000);
    const anonymous = await client(supabase.url, supabase.publishableKey).from('contacts').select();
    expect([anonymous.error?.code, anonymous.status]).toEqual(['42501', 401]);
  });

  test('refuses a wrong key', async () => {
    expect((await client(supabase.url, 'sb_secret_wrong').from('contacts').select()).status).toBe(401);
  });

  test('answers 503 while down, and comes back', async () => {
    supabase.setDown(true);
    expect((await db.rpc('numbers', { n: 1 })).status).toBe(503);
    supabase.setDown(false);
    expect((await db.rpc('numbers', { n: 1 })).status).toBe(200);
  });

  test('posts each committed change once, even when the receiver fails, and no rolled back one', async () => {
    hooks.posted.length = 0;
    const long = 'x'.repeat(20_000);
    await db.from('contacts').insert({ id: 'hooked', llm_context: { how_met: long } });
    await sql`begin`;
    await sql`update public.contacts set phones = '{1}' where id = 'hooked'`;
    await sql`rollback`;
    await db.from('contacts').update({ llm_context: null }).eq('id', 'hooked');
    await db.from('contacts').delete().eq('id', 'hooked');
    await vi.waitFor(() => expect(hooks.posted.length).toBeGreaterThanOrEqual(3), 5_000);
    const full = { id: 'hooked', phones: null, llm_context: { how_met: long }, updated: expect.any(String) };
    const bare = { ...full, llm_context: null };
    const about = { table: 'contacts', schema: 'public' };
    expect(hooks.posted).toHaveLength(3);
    expect(hooks.posted.map(({ body }) => body)).toEqual(
      expect.arrayContaining([
        { ...about, type: 'INSERT', record: full, old_record: null },
        { ...about, type: 'UPDATE', record: bare, old_record: full },
        { ...about, type: 'DELETE', record: null, old_record: bare },
      ]),
    );
    expect(hooks.posted.every(({ secret }) => secret === 'static')).toBe(true);
  });

  test('does not wait for a receiver that never answers when it closes', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    // A TCP server's address is an object.
    const { port } = silent.address() as AddressInfo;
    const postgresUrl = await cluster.createDatabase('local_supabase_silent');
    const local = await startSupabase({ postgresUrl, webhook: { url: `http://127.0.0.1:${port}`, secret: 's' } });
    const requested = once(silent, 'request');
    const writer = postgres(postgresUrl, { max: 1 });
    await writer`create table public.contacts (id int)`;
    await writer`insert into public.contacts values (1)`;
    await writer.end();
    await requested;
    const start = performance.now();
    await local.close();
    expect(performance.now() - start).toBeLessThan(2_500);
    silent.close();
    silent.closeAllConnections();
  });

  test('serves again after the database restarted', async () => {
    await cluster.restart();
    await vi.waitFor(async () => expect((await db.rpc('numbers', { n: 1 })).status).toBe(200), 10_000);
    hooks.posted.length = 0;
    await vi.waitFor(async () => {
      await db.from('contacts').upsert({ id: 'later' });
      expect(hooks.posted.length).toBeGreaterThan(0);
    }, 10_000);
  });

  test('starts twice on one cluster, and a restart without the webhook takes it off', async () => {
    const postgresUrl = await cluster.createDatabase('local_supabase_twice');
    const first = await startSupabase({ postgresUrl, webhook: { url: hooks.url, secret: 'static' } });
    const other = postgres(postgresUrl, { max: 1, onnotice: () => {} });
    await other`create table public.contacts (id int)`;
    await first.close();
    const second = await startSupabase({ postgresUrl });
    const triggers = await other`select tgname from pg_trigger where tgrelid = 'public.contacts'::regclass`;
    expect(triggers).toEqual([]);
    await other.end();
    await second.close();
  });
});
