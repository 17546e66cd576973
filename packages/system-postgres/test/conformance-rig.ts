import { randomUUID } from 'node:crypto';
import { CONTENT_FIELDS, contentHash } from '@contact-sync/contact';
import type { TargetAdapter } from '@contact-sync/sync';
import { openPostgresProxy, testDatabase } from '@contact-sync/testkit';
import type { Faults, Rig, User } from '@contact-sync/testkit/conformance';
import pg from 'pg';
import { createPostgres } from '../src/index.ts';

const CONNECTIONS = 2;

/** A database of its own, reached by the hub as its owner, who is no superuser, and by its users as somebody else. */
export async function openRig(): Promise<Rig<TargetAdapter>> {
  const database = await testDatabase();
  const users = new pg.Pool({ connectionString: database.url, max: 4 });
  const name = new URL(database.url).pathname.slice(1);
  const [hub, password] = [`hub_${randomUUID().replaceAll('-', '')}`, randomUUID()];
  await users.query(`create role ${hub} login password '${password}'`);
  await users.query(`alter database ${name} owner to ${hub}`);
  const proxy = await openPostgresProxy(Object.assign(new URL(database.url), { username: hub, password }).href);
  const opened: TargetAdapter[] = [];
  const open = (now = Date.now) => {
    const adapter = createPostgres({ url: proxy.url, max: CONNECTIONS, now });
    opened.push(adapter);
    return adapter;
  };

  const adapter = open();

  /** Changes how the next connections fare, and ends those there are. Nobody can close the database he is in. */
  const owner = new pg.Pool({ connectionString: Object.assign(new URL(database.url), { pathname: '/postgres' }).href });
  const closed = async (change: string, back: string) => {
    await owner.query(change);
    await owner.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [hub]);
    // The connections that were open end with a code of their own, each once.
    await Promise.all(Array.from({ length: CONNECTIONS }, () => adapter.health()));
    return async () => {
      await owner.query(back);
    };
  };
  const faults: Faults = {
    async outage() {
      await proxy.cut();
      return proxy.mend;
    },
    // What a server answers that has all its connections taken: 53300.
    throttle: () => closed(`alter role ${hub} connection limit 0`, `alter role ${hub} connection limit -1`),
    maintenance: () =>
      closed(`alter database ${name} allow_connections false`, `alter database ${name} allow_connections true`),
    async loseAnswer() {
      proxy.loseAnswer();
      return async () => {};
    },
    async spoil(version) {
      await users.query(
        `alter table public.contacts add constraint owners_rule check (canonical_name <> 'spoiled') not valid`,
      );
      const content = { ...version.content, canonical_name: 'spoiled' };
      return {
        version: { ...version, content, content_hash: contentHash(content) },
        mend: async () => {
          await users.query('alter table public.contacts drop constraint owners_rule');
        },
      };
    },
  };

  return {
    adapter,
    open,
    openAt: open,
    user: userOf(users),
    faults,
    secrets: [password],
    async lack(record_id) {
      const client = await users.connect();
      await client.query(`begin; set local app.sync_origin = 'hub'`);
      await client.query('update public.contacts set job_title = null where id = $1', [record_id]);
      await client.query(`insert into contact_sync.incomplete (record_id, fields) values ($1, '{job_title}')`, [
        record_id,
      ]);
      await client.query('commit');
      client.release();
    },
    async secretly(record_id, job_title) {
      const client = await users.connect();
      await client.query('begin; set local session_replication_role = replica');
      await client.query('update public.contacts set job_title = $2 where id = $1', [record_id, job_title]);
      await client.query('commit');
      client.release();
    },
    async close() {
      await Promise.all(opened.map((adapter) => adapter.close()));
      await proxy.close();
      await users.query(`alter database ${name} owner to current_user`);
      await users.query(`reassign owned by ${hub} to current_user; drop role ${hub}`);
      await users.end();
      await owner.end();
      await database.close();
    },
  };
}

const COLUMNS = CONTENT_FIELDS.join(', ');
const INSERT = `insert into public.contacts (${COLUMNS})
  select ${COLUMNS} from jsonb_populate_record(null::public.contacts, $1) returning id::text`;

/** Someone with a database client. */
function userOf(users: pg.Pool): User {
  const idOf = ({ rows }: pg.QueryResult<{ id: string }>): string => {
    const [row] = rows;
    if (!row) throw new Error('nothing was inserted');
    return row.id;
  };
  const update = async (change: string, values: readonly unknown[]) => {
    const { rowCount } = await users.query(`update public.contacts set ${change} where id = $1`, [...values]);
    if (rowCount !== 1) throw new Error('there is no such row');
  };
  return {
    create: async (content) => idOf(await users.query(INSERT, [JSON.stringify(content)])),
    edit: (id, job_title) => update('job_title = $2', [id, job_title]),
    remove: (id) => update('deleted_at = now()', [id]),
    revive: (id) => update('deleted_at = null', [id]),
    async destroy(id) {
      await users.query('delete from public.contacts where id = $1', [id]);
    },
    async begin(content) {
      const client = await users.connect();
      await client.query('begin');
      const id = idOf(await client.query(INSERT, [JSON.stringify(content)]));
      return {
        async commit() {
          await client.query('commit');
          client.release();
          return id;
        },
      };
    },
  };
}
