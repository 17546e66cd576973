import type { CanonicalAdapter } from '@contact-sync/sync';
import { openHttpProxy } from '@contact-sync/testkit';
import { httpFaults, type Rig, type User } from '@contact-sync/testkit/conformance';
import { startWorld, type World } from './setup.ts';

/** Source: https://cloud.google.com/bigquery/quotas#streaming_inserts */
const ALLOWED = { rows: 500, bytes: 10 * 1024 * 1024 };

const refusal = (code: number, reason: string) => ({
  status: code,
  body: { error: { code, message: reason, errors: [{ reason, message: reason }] } },
});

/** A project of its own, reached by the hub through a proxy that can fail, and by an analyst directly. */
export async function openRig(): Promise<Rig<CanonicalAdapter>> {
  const world = await startWorld();
  const proxy = await openHttpProxy(world.sandbox.host);
  const { requests, ...faults } = httpFaults(proxy, {
    isWrite: ({ path }) => path.includes('/insertAll'),
    down: refusal(503, 'backendError'),
    busy: refusal(403, 'rateLimitExceeded'),
    allowed: ALLOWED,
    tooLarge: refusal(413, 'requestTooLarge'),
  });
  const open = () => world.another({ emulatorHost: proxy.url });
  return {
    adapter: open(),
    open,
    openAt: (now) => world.another({ emulatorHost: proxy.url, now }),
    impatient: () => world.another({ emulatorHost: proxy.url, timeoutMs: 400 }),
    user: analyst(world),
    faults: {
      ...faults,
      // Nothing typed can be invalid: this is what a broken caller would do.
      spoil: async (version) => ({
        version: { ...version, last_updated: 'yesterday' as typeof version.last_updated },
        mend: async () => {},
      }),
    },
    secrets: [],
    requests,
    async close() {
      await proxy.close();
      await world.sandbox.close();
    },
  };
}

/** Someone with the real client: edits and deletes by the procedures. */
function analyst({ run }: World): User {
  let last = 7_000_000_000;
  const nextId = () => {
    last += 1;
    return String(last);
  };
  const edit = (id: string, change: object) =>
    run('CALL crm.edit_contact(CAST(@id AS INT64), PARSE_JSON(@edit), @who)', {
      id,
      edit: JSON.stringify(change),
      who: 'eve',
    });
  const only = async (sql: string, id: string): Promise<Record<string, unknown>> => {
    const [row] = await run(sql, { id });
    if (!row) throw new Error('there is no such contact');
    return row;
  };
  return {
    async create(content) {
      const id = nextId();
      await edit(id, content);
      return id;
    },
    async edit(id, job_title) {
      await edit(id, { job_title });
    },
    async remove(id) {
      await run('CALL crm.delete_contact(CAST(@id AS INT64), @who)', { id, who: 'eve' });
    },
    async revive(id) {
      const named = await only(
        `SELECT canonical_name FROM crm.contact_versions
         WHERE contact_id = CAST(@id AS INT64) AND canonical_name IS NOT NULL ORDER BY version DESC LIMIT 1`,
        id,
      );
      await edit(id, named);
    },
    // A row becomes visible some time after the moment it was recorded at.
    async begin({ canonical_name }) {
      const id = nextId();
      const { began } = await only('SELECT CAST(UNIX_MICROS(CURRENT_TIMESTAMP()) AS STRING) AS began, @id AS id', id);
      return {
        async commit() {
          await run(
            `INSERT INTO crm.contact_versions (contact_id, version, last_updated, canonical_name, recorded_at)
             VALUES (CAST(@id AS INT64), 1, TIMESTAMP_MICROS(CAST(@began AS INT64)), @name, TIMESTAMP_MICROS(CAST(@began AS INT64)))`,
            { id, began: String(began), name: canonical_name },
          );
          return id;
        },
      };
    },
  };
}
