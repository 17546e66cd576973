/** Where scripts are played: the models, a database on Postgres, and the sandbox's Twenty. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { CONTENT_FIELDS, type Content, type Timestamp } from '@contact-sync/contact';
import { startTwenty } from '@contact-sync/sandbox/twenty';
import type { Change, RecordId } from '@contact-sync/sync';
import { createPostgres } from '@contact-sync/system-postgres';
import { createTwenty } from '@contact-sync/system-twenty';
import { Refused } from '@contact-sync/system-twenty/model';
import { testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { z } from 'zod';
import { direct } from '../src/rpc.ts';
import {
  createSqlServer,
  createTwentyServer,
  type Destroyers,
  type Patch,
  sqlAdapter,
  twentyAdapter,
} from '../src/systems/index.ts';
import { tickingClock } from './systems-rig.ts';
import type { Stage } from './systems-twins.ts';

type Acts = Omit<Stage, 'adapter'>;

function actsOf(users: Destroyers): Acts {
  return {
    async create(content) {
      try {
        // Content is JSON by construction.
        return users.create(content as Patch).record_id;
      } catch (error) {
        if (error instanceof Refused) return null;
        throw error;
      }
    },
    edit: async (id, job_title, at) => void users.edit(id, { job_title }, at),
    remove: async (id) => void users.remove(id),
    revive: async (id) => void users.revive(id),
    destroy: async (id) => void users.destroy(id),
  };
}

export function sqlModel(): Stage {
  const server = createSqlServer({ now: tickingClock() });
  return { adapter: sqlAdapter('local', server, direct), ...actsOf(server) };
}

export function twentyModel(): Stage & { readonly heard: Change[] } {
  const now = tickingClock();
  const heard: Change[] = [];
  const server = createTwentyServer({ now, onWebhook: (change) => heard.push(change) });
  return { adapter: twentyAdapter(server, direct, { now: () => now() / 1_000 }), heard, ...actsOf(server) };
}

const COLUMNS = CONTENT_FIELDS.join(', ');
const INSERT = `insert into public.contacts (${COLUMNS})
  select ${COLUMNS} from jsonb_populate_record(null::public.contacts, $1) returning id::text`;

export async function postgres(): Promise<Stage & { close(): Promise<void> }> {
  const database = await testDatabase();
  const users = new pg.Pool({ connectionString: database.url, max: 1 });
  const adapter = createPostgres({ url: database.url });
  await adapter.install();
  const update = async (id: RecordId, change: string, ...values: readonly unknown[]) => {
    await users.query(`update public.contacts set ${change} where id = $1`, [id, ...values]);
  };
  return {
    adapter,
    async create(content) {
      const { rows } = await users.query<{ id: string }>(INSERT, [JSON.stringify(content)]);
      return rows[0]?.id ?? null;
    },
    edit: (id, title, at) =>
      at === undefined
        ? update(id, 'job_title = $2', title)
        : update(id, 'job_title = $2, last_updated = $3', title, at),
    remove: (id) => update(id, 'deleted_at = coalesce(deleted_at, now())'),
    revive: (id) => update(id, 'deleted_at = null'),
    async destroy(id) {
      await users.query('delete from public.contacts where id = $1', [id]);
    },
    async close() {
      await adapter.close();
      await users.end();
      await database.close();
    },
  };
}

const born = z.object({ data: z.object({ createPerson: z.object({ id: z.string() }) }) });

/** `heard`: what its webhooks told so far. */
export async function twenty(): Promise<Stage & { readonly heard: Change[]; close(): Promise<void> }> {
  const calls: { readonly rawBody: Buffer; readonly headers: IncomingHttpHeaders }[] = [];
  const hub = createServer((request, response) => {
    void buffer(request).then((rawBody) => {
      calls.push({ rawBody, headers: request.headers });
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  const address = hub.address();
  const publicUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const UNLIMITED = 1_000_000;
  const server = await startTwenty({ apiKey: 'key', requestsPerMinute: UNLIMITED, webhookDelayMs: 0 });
  const adapter = createTwenty({
    url: server.url,
    apiKey: 'key',
    webhookSecret: 'a secret of the tests',
    publicUrl,
    requestsPerMinute: UNLIMITED,
  });
  await adapter.install();
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${server.userToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const told: unknown = await answer.json();
    return answer.ok ? told : null;
  };
  return {
    adapter,
    get heard() {
      return calls.map((call) => adapter.parseWebhook(call));
    },
    async create(content: Content) {
      const told = born.safeParse(await ask('POST', '/rest/people', adapter.lens.toRecord(content)));
      return told.success ? told.data.data.createPerson.id : null;
    },
    async edit(id: RecordId, jobTitle: string, at: Timestamp | undefined) {
      // A user who writes what stands there sends nothing.
      const [record] = await adapter.fetch([id]);
      if (record?.fields.jobTitle === jobTitle) return;
      await ask('PATCH', `/rest/people/${id}`, { jobTitle, ...(at === undefined ? {} : { updatedAt: at }) });
    },
    remove: async (id) => void (await ask('DELETE', `/rest/people/${id}?soft_delete=true`)),
    revive: async (id) =>
      void (await ask('PATCH', `/rest/restore/people?filter=${encodeURIComponent(`id[eq]:"${id}"`)}`)),
    destroy: async (id) => void (await ask('DELETE', `/rest/people/${id}`)),
    async close() {
      await adapter.close();
      await server.close();
      hub.close();
      hub.closeAllConnections();
    },
  };
}
