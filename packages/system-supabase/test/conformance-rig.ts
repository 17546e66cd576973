import { contentHash } from '@contact-sync/contact';
import type { TargetAdapter } from '@contact-sync/sync';
import { openHttpProxy } from '@contact-sync/testkit';
import { httpFaults, type Rig, type User } from '@contact-sync/testkit/conformance';
import pg from 'pg';
import { createSupabase } from '../src/index.ts';
import { newProject, type Project } from './project.ts';

/** What many gateways take of one request. */
const MAX_BYTES = 10 * 1024 * 1024;

/** A project of its own, reached by the hub through a gateway that can fail. */
export async function openRig(): Promise<Rig<TargetAdapter>> {
  const project = await newProject();
  const { secretKey, url } = project.supabase;
  const proxy = await openHttpProxy(url);
  const { requests, ...faults } = httpFaults(proxy, {
    isWrite: ({ path }) => path.endsWith('/rpc/contact_sync_apply'),
    down: { status: 503, body: { message: 'upstream unavailable' } },
    busy: { status: 429, headers: { 'retry-after': '7' }, body: { message: 'too many requests' } },
    allowed: { rows: 500, bytes: MAX_BYTES },
    tooLarge: { status: 413, body: { message: 'request entity too large' } },
  });
  const connection = { url: proxy.url, secretKey, dbUrl: project.dbUrl };
  const open = () => createSupabase(connection);
  return {
    adapter: open(),
    open,
    openAt: (now) => createSupabase({ ...connection, now }),
    impatient: () => createSupabase({ ...connection, fetchTimeoutMs: 400 }),
    user: userOf(project),
    faults: {
      ...faults,
      async spoil(version) {
        await project.sql.query(
          `alter table public.contacts add constraint owners_rule check (canonical_name <> 'spoiled') not valid`,
        );
        const content = { ...version.content, canonical_name: 'spoiled' };
        return {
          version: { ...version, content, content_hash: contentHash(content) },
          mend: async () => {
            await project.sql.query('alter table public.contacts drop constraint owners_rule');
          },
        };
      },
    },
    async lack(record_id) {
      await project.sql.query(`begin; set local app.sync_origin = 'hub'`);
      await project.sql.query('update public.contacts set job_title = null where id = $1', [record_id]);
      await project.sql.query(`insert into contact_sync.incomplete (record_id, fields) values ($1, '{job_title}')`, [
        record_id,
      ]);
      await project.sql.query('commit');
    },
    async secretly(record_id, job_title) {
      await project.sql.query('begin; set local session_replication_role = replica');
      await project.sql.query('update public.contacts set job_title = $2 where id = $1', [record_id, job_title]);
      await project.sql.query('commit');
    },
    secrets: [secretKey, new URL(project.dbUrl).password],
    requests,
    async close() {
      await proxy.close();
      await project.close();
    },
  };
}

/** An app with supabase-js, and a program with a connection string for what needs a transaction. */
function userOf({ app, dbUrl }: Project): User {
  const contacts = () => app.from('contacts');
  const update = async (id: string, change: object) => {
    const { data, error } = await contacts().update(change).eq('id', id).select('id');
    if (error !== null || data.length !== 1) throw new Error('there is no such row', { cause: error });
  };
  return {
    async create(content) {
      const { data, error } = await contacts().insert(content).select('id').single();
      if (error !== null) throw new Error('not inserted', { cause: error });
      return String(data.id);
    },
    edit: (id, job_title) => update(id, { job_title }),
    remove: (id) => update(id, { deleted_at: new Date().toISOString() }),
    revive: (id) => update(id, { deleted_at: null }),
    async destroy(id) {
      const { error } = await contacts().delete().eq('id', id);
      if (error !== null) throw new Error('not deleted', { cause: error });
    },
    async begin({ canonical_name }) {
      const client = new pg.Client(dbUrl);
      await client.connect();
      await client.query('begin');
      const { rows } = await client.query<{ id: string }>(
        'insert into public.contacts (canonical_name) values ($1) returning id::text',
        [canonical_name],
      );
      return {
        async commit() {
          await client.query('commit');
          await client.end();
          const [row] = rows;
          if (!row) throw new Error('nothing was inserted');
          return row.id;
        },
      };
    },
  };
}
