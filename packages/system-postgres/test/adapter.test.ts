import { type ContactId, contactId, contentHash, timestamp } from '@contact-sync/contact';
import { type Delivery, OutageError, type TargetAdapter } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgres } from '../src/index.ts';

let database: TestDatabase;
let local: TargetAdapter;
let user: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  local = createPostgres({ url: database.url });
  user = new pg.Client({ connectionString: database.url });
  await user.connect();
});
afterAll(async () => {
  await user.end();
  await local.close();
  await database.close();
});

const content = { canonical_name: 'Ada' };

/** A backend ends a moment after its client. */
const noListeners = () =>
  expect
    .poll(() => user.query(`select from pg_stat_activity where datname = current_database() and query ~* '^listen'`))
    .toMatchObject({ rowCount: 0 });

function delivery(id: string | ContactId, version = 1): Delivery {
  return {
    contact_id: contactId(id),
    version,
    last_updated: timestamp('2024-05-01T12:00:00.123456Z'),
    last_updated_by: 'hub',
    content,
    content_hash: contentHash(content),
    record_id: null,
    held: null,
  };
}

describe('before it is installed', () => {
  it('says so, and what to do', async () => {
    const error = await local.changes(null, 10).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OutageError);
    expect(error).toMatchObject({ code: 'LOCAL_NOT_INSTALLED', advice: 'run contact-sync init' });
    expect(await local.health()).toMatchObject({ ok: false, detail: expect.stringContaining('run contact-sync init') });
  });

  it('names its steps without taking them, takes them once, and then has none', async () => {
    const planned = await local.install({ dry_run: true });
    expect(planned.length).toBeGreaterThan(0);
    expect(await local.install({ dry_run: true })).toEqual(planned);
    expect(await local.install()).toEqual(planned);
    expect(await local.install()).toEqual([]);
    expect(await local.install({ dry_run: true })).toEqual([]);
    expect(await local.health()).toMatchObject({ ok: true, detail: null });
  });
});

describe('installed', () => {
  it('tells an edit until it is acknowledged, and its own writes never', async () => {
    expect(await local.apply([delivery('9223372036854775807')])).toMatchObject([{ outcome: 'applied' }]);
    await user.query(`update contacts set canonical_name = 'Eve'`);
    const { changes, more, cursor } = await local.changes(null, 10);
    expect({ more, cursor }).toEqual({ more: false, cursor: null });
    expect(changes).toMatchObject([
      { record: { contact_id: '9223372036854775807', version: 2, fields: { canonical_name: 'Eve' } } },
    ]);
    expect(await local.changes(null, 10)).toEqual({ changes, more, cursor });
    await local.ack([...changes.map(({ key }) => key), 'unknown']);
    expect((await local.changes(null, 10)).changes).toEqual([]);
    expect(await local.fetch(changes.map(({ record_id }) => record_id))).toEqual(changes.map(({ record }) => record));
  });

  it('takes more deliveries than a batch, one outcome each', async () => {
    const ids = Array.from({ length: local.batch_size + 50 }, (_, n) => String(n));
    const outcomes = await local.apply(ids.map((id) => delivery(id)));
    expect(new Set(outcomes.map(({ contact_id }) => contact_id))).toEqual(new Set(ids));
    const seen: (string | null)[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof local.scan>> = await local.scan(cursor, 200);
      seen.push(...page.records.map(({ contact_id }) => contact_id));
      cursor = page.cursor;
      if (cursor === null) break;
    }
    expect(seen.length).toBe(ids.length + 1);
    expect(await local.apply([])).toEqual([]);
  });
});

describe('watching', () => {
  /** Resolves when woken, and again for each time after. */
  function alarm() {
    let woken = Promise.withResolvers<void>();
    return {
      ring: () => woken.resolve(),
      async heard() {
        await woken.promise;
        woken = Promise.withResolvers();
      },
    };
  }

  it('wakes on an edit, not on what the hub writes, and not once it was ended', async () => {
    let count = 0;
    const bell = alarm();
    const end = await local.watch?.(() => {
      count++;
      bell.ring();
    });
    await local.apply([delivery('77', 3)]);
    await user.query(`insert into contacts (canonical_name) values ('Zoe')`);
    await bell.heard();
    expect(count).toBe(1);
    await end?.();
    await user.query(`insert into contacts (canonical_name) values ('Una')`);
    await noListeners();
    expect(count).toBe(1);
  });

  it('comes back when its connection was killed, and wakes for what it may have missed', async () => {
    const bell = alarm();
    const end = await local.watch?.(bell.ring);
    const { rowCount } = await user.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ~* '^listen'`,
    );
    expect(rowCount).toBe(1);
    await bell.heard();
    await user.query(`insert into contacts (canonical_name) values ('Tom')`);
    await bell.heard();
    await end?.();
  });

  it('calls work again after all connections were killed', async () => {
    await user.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await expect
      .poll(() =>
        local.fetch(['1']).then(
          () => 'works',
          () => 'not yet',
        ),
      )
      .toBe('works');
  });

  it('ends with the adapter', async () => {
    const other = createPostgres({ url: database.url });
    await other.watch?.(() => {});
    await other.close();
    await other.close();
    await noListeners();
  });
});

describe('a database that does not serve is an outage', () => {
  const failing = async (change: (url: URL) => void) => {
    const url = new URL(database.url);
    change(url);
    const adapter = createPostgres({ url: url.href });
    const error = await adapter.fetch(['1']).catch((thrown: unknown) => thrown);
    const health = await adapter.health();
    await adapter.close();
    if (!(error instanceof OutageError)) throw new Error('not an outage', { cause: error });
    expect(health).toMatchObject({ ok: false });
    expect(`${error.message} ${error.advice} ${health.detail}`).not.toContain(new URL(database.url).password);
    return error.code;
  };

  it('when nobody listens', async () => {
    expect(
      await failing((url) => {
        url.port = '1';
      }),
    ).toBe('LOCAL_UNREACHABLE');
  });

  it('when the database is missing', async () => {
    expect(
      await failing((url) => {
        url.pathname = '/nowhere';
      }),
    ).toBe('LOCAL_DENIED');
  });

  it('when the password is wrong', async () => {
    expect(
      await failing((url) => {
        url.password = 'wrong';
      }),
    ).toBe('LOCAL_DENIED');
  });

  it("when its functions are another version's", async () => {
    await user.query('insert into contact_sync.schema_version values (999)');
    await expect(local.install()).rejects.toMatchObject({ code: 'LOCAL_NEWER' });
    expect(await local.health()).toMatchObject({ ok: false });
    await user.query('delete from contact_sync.schema_version where version = 999');
  });

  it('when its answers are not ours', async () => {
    await user.query(`create or replace function public.contact_sync_fetch(ids jsonb, mapping text default null)
      returns jsonb
      language sql as $$ select '{"odd": 1}'::jsonb $$`);
    await expect(local.fetch(['1'])).rejects.toMatchObject({ code: 'LOCAL_INCOMPATIBLE' });
  });
});
