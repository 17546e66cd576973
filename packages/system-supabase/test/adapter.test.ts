import { contentHash, parseContent } from '@contact-sync/contact';
import { OutageError } from '@contact-sync/sync';
import { testDatabase } from '@contact-sync/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSupabase, supabaseSql } from '../src/index.ts';
import { appOf, at, delivery, drain, newProject, type Project } from './project.ts';

const LONG = '9223372036854775807';

describe('Supabase as a source and a target', () => {
  let project: Project;
  let { adapter, app, sql } = {} as Project;

  beforeAll(async () => {
    project = await newProject();
    ({ adapter, app, sql } = project);
  }, 60_000);

  afterAll(() => project?.close());

  describe('before it is installed', () => {
    test('says that it is not, and what to do', async () => {
      await expect(adapter.changes(null, 10)).rejects.toMatchObject({ code: 'SUPABASE_NOT_INSTALLED' });
      expect(await adapter.health()).toMatchObject({ ok: false, detail: expect.stringContaining('contact-sync init') });
    });

    test('lists what installing would do, and does nothing', async () => {
      const steps = await adapter.install({ dry_run: true });
      expect(steps.length).toBeGreaterThan(0);
      expect(await adapter.install({ dry_run: true })).toEqual(steps);
    });

    test('without a connection string it asks a person to paste the SQL, which then is enough', async () => {
      const byHand = createSupabase({ url: project.supabase.url, secretKey: project.supabase.secretKey });
      const refusal = byHand.install();
      await expect(refusal).rejects.toBeInstanceOf(OutageError);
      await expect(refusal).rejects.toMatchObject({
        code: 'SUPABASE_NOT_INSTALLED',
        advice: expect.stringContaining('contact-sync init --sql supabase'),
      });
      const other = await testDatabase();
      const client = new pg.Client(other.url);
      await client.connect();
      await client.query(supabaseSql());
      expect((await client.query('select public.contact_sync_schema() as v')).rows).toMatchObject([
        { v: { version: 4 } },
      ]);
      await client.end();
      await other.close();
    });

    test('a wrong connection string is an outage that names itself', async () => {
      const { url, secretKey } = project.supabase;
      const wrong = new URL(project.dbUrl);
      wrong.password = 'wrong';
      wrong.username = 'nobody';
      const install = createSupabase({ url, secretKey, dbUrl: wrong.href }).install();
      await expect(install).rejects.toMatchObject({ code: 'SUPABASE_UNAUTHORIZED', name: 'OutageError' });
      wrong.port = '1';
      const refused = createSupabase({ url, secretKey, dbUrl: wrong.href }).install();
      await expect(refused).rejects.toMatchObject({ code: 'SUPABASE_DB_UNREACHABLE', name: 'OutageError' });
    });
  });

  describe('installed', () => {
    beforeAll(async () => {
      expect(await adapter.install()).not.toEqual([]);
    });
    beforeEach(() => drain(adapter));

    test('does nothing the second time, and is healthy', async () => {
      expect(await adapter.install()).toEqual([]);
      expect(await adapter.health()).toMatchObject({ ok: true, detail: null });
    });

    test("a program's edits by supabase-js become changes, each as it left the row", async () => {
      const name = 'Grace Hopper';
      const { data } = await app
        .from('contacts')
        .insert({ canonical_name: name, emails: ['g@example.com'], llm_context: { closeness_level: 7 } })
        .select('id')
        .single();
      const id = String(data?.id);
      await app.from('contacts').update({ job_title: 'Admiral' }).eq('id', id);
      await app.from('contacts').update({ job_title: 'Rear Admiral' }).eq('id', id);
      await app.from('contacts').delete().eq('id', id);
      const { changes, more } = await adapter.changes(null, 10);
      expect(more).toBe(false);
      expect(changes.map(({ record_id }) => record_id)).toEqual([id, id, id, id]);
      expect(changes.map(({ record }) => [record.version, record.fields.job_title, record.deleted])).toEqual([
        [1, null, false],
        [2, 'Admiral', false],
        [3, 'Rear Admiral', false],
        [4, 'Rear Admiral', true],
      ]);
      expect(changes[0]?.record.fields).toMatchObject({
        canonical_name: name,
        emails: ['g@example.com'],
        llm_context: { closeness_level: 7 },
      });
    });

    test('a change is told again until it is acknowledged', async () => {
      await app.from('contacts').insert({ canonical_name: 'Told Twice' });
      const first = await adapter.changes(null, 10);
      expect(await adapter.changes(null, 10)).toEqual(first);
      await adapter.ack([...first.changes.map(({ key }) => key), '999999', 'no-key']);
      expect((await adapter.changes(null, 10)).changes).toEqual([]);
    });

    test("the hub's own writes are not told back", async () => {
      await adapter.apply([delivery('100', { version: 3 })]);
      await adapter.apply([delivery('100', { version: 4 }, null)]);
      expect((await adapter.changes(null, 10)).changes).toEqual([]);
    });

    test('writes only what ranks higher', async () => {
      const named = (canonical_name: string) => ({ canonical_name });
      const apply = async (...given: Parameters<typeof delivery>) =>
        (await adapter.apply([delivery(...given)])).map(({ outcome }) => outcome);
      const later = '2026-01-01T00:00:00.000002Z';
      expect(await apply('200', { version: 5 }, named('five'))).toEqual(['applied']);
      expect(await apply('200', { version: 5 }, named('five'))).toEqual(['unchanged']);
      expect(await apply('200', { version: 5 }, named('tie'))).toEqual(['ahead']);
      expect(await apply('200', { version: 4, last_updated: later }, named('stale'))).toEqual(['ahead']);
      expect(await apply('200', { version: 5, last_updated: later }, named('later'))).toEqual(['applied']);
      expect(await apply('200', { version: 6 }, null)).toEqual(['applied']);
      expect(await apply('200', { version: 5, last_updated: later }, named('late'))).toEqual(['ahead']);
    });

    test('an edit outranks the version it was made upon, and a stale write does not undo it', async () => {
      const [applied] = await adapter.apply([delivery('201', { version: 2 })]);
      if (applied?.outcome !== 'applied') throw new Error('not applied');
      await app.from('contacts').update({ organization: 'Navy' }).eq('contact_id', '201');
      expect(await adapter.apply([delivery('201', { version: 3 })])).toMatchObject([{ outcome: 'ahead' }]);
      const [record] = await adapter.fetch([applied.record_id]);
      expect(record).toMatchObject({ version: 3, contact_id: '201', fields: { organization: 'Navy' } });
    });

    test('one bad row fails alone', async () => {
      await sql.query(`alter table public.contacts add constraint no_q check (canonical_name <> 'Q')`);
      const batch = Array.from({ length: 40 }, (_, n) =>
        delivery(String(300 + n), { version: 1 }, { canonical_name: n === 17 ? 'Q' : `N${n}` }),
      );
      const outcomes = await adapter.apply(batch);
      await sql.query('alter table public.contacts drop constraint no_q');
      const refused = outcomes.filter(({ outcome }) => outcome === 'rejected');
      expect(outcomes).toHaveLength(40);
      expect(outcomes.filter(({ outcome }) => outcome === 'applied')).toHaveLength(39);
      expect(refused).toMatchObject([{ contact_id: '317', error: { name: 'PermanentError' } }]);
    });

    test('a page is never cut off: 2,300 edits drain completely, and all records are scanned', async () => {
      await sql.query(
        `insert into public.contacts (canonical_name) select 'bulk ' || n from generate_series(1, 2300) n`,
      );
      const page = await adapter.changes(null, 2_000);
      expect([page.changes.length, page.more]).toEqual([2_000, true]);
      expect(await drain(adapter, 1_500)).toBe(2_300);
      const { rows } = await sql.query<{ n: string }>('select count(*) as n from public.contacts');
      const seen = new Set<string>();
      let cursor: string | null = null;
      do {
        const next = await adapter.scan(cursor, 1_200);
        for (const { record_id, deleted } of next.records) if (!deleted) seen.add(record_id);
        cursor = next.cursor;
      } while (cursor !== null);
      const soft = await sql.query<{ n: string }>(
        'select count(*) as n from public.contacts where deleted_at is not null',
      );
      expect(seen.size).toBe(Number(rows[0]?.n) - Number(soft.rows[0]?.n));
      const fetched = await adapter.fetch([...seen]);
      expect(fetched).toHaveLength(seen.size);
    });

    test('keeps 64-bit ids, microseconds, odd numbers and key order through the lens', async () => {
      const content = {
        canonical_name: 'Zoë 🧭',
        phones: ['+14155552671'],
        llm_context: {
          zeta: 1,
          alpha: { 10: 'ten', 9: 'nine', b: [1.5, -0.1, 1e-7, 1e21, 9007199254740991, 5e-324] },
          how_met: 'a "quoted" \\ line\nbreak',
          key_interests: ['null', '1e3', '{}'],
        },
      };
      const given = delivery(LONG, { version: 2 ** 53 - 1, last_updated: '2024-05-01T12:34:56.123450Z' }, content);
      const [outcome] = await adapter.apply([given]);
      if (outcome?.outcome !== 'applied') throw new Error('not applied');
      const [record] = await adapter.fetch([outcome.record_id]);
      expect(record).toMatchObject({
        contact_id: LONG,
        version: 2 ** 53 - 1,
        last_updated: at('2024-05-01T12:34:56.123450Z'),
      });
      if (!record || !given.content) throw new Error('no record');
      expect(adapter.lens.same(record.fields, given.content)).toBe(true);
      expect(parseContent(adapter.lens.fromRecord(record.fields, null))).toEqual({ ok: true, content: given.content });
      expect(await adapter.apply([given])).toMatchObject([{ outcome: 'unchanged' }]);
    });

    test('whatever a contact may hold comes back with the same content hash', async () => {
      const contents = fc.array(
        fc.record({
          canonical_name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
          emails: fc.array(fc.emailAddress(), { maxLength: 3 }),
          llm_context: fc.record({
            how_met: fc.string({ unit: 'binary', maxLength: 40 }),
            anything: fc.jsonValue({ maxDepth: 4, noUnicodeString: false }),
            number: fc.double({ noNaN: true, noDefaultInfinity: true }),
          }),
        }),
        { minLength: 1, maxLength: 40 },
      );
      let version = 0;
      await fc.assert(
        fc.asyncProperty(contents, async (given) => {
          version += 1;
          const deliveries = given
            .filter((content) => parseContent(content).ok && !JSON.stringify(content).includes('\\u0000'))
            .map((content, n) => delivery(String(5_000 + n), { version }, content));
          const outcomes = await adapter.apply(deliveries);
          const ids = outcomes.map((outcome) => (outcome.outcome === 'applied' ? outcome.record_id : outcome.outcome));
          const records = await adapter.fetch(ids);
          const hashes = records.map(({ contact_id, fields }) => {
            const read = parseContent(adapter.lens.fromRecord(fields, null));
            return { contact_id, hash: read.ok ? contentHash(read.content) : read.problems };
          });
          expect(hashes).toHaveLength(deliveries.length);
          expect(hashes).toEqual(
            expect.arrayContaining(deliveries.map(({ contact_id, content_hash: hash }) => ({ contact_id, hash }))),
          );
        }),
        // A smaller one is not found within the time that a test has, and it is told to be late instead.
        { numRuns: 20, endOnFailure: true },
      );
    }, 20_000);

    test('a contact that Postgres cannot hold is refused alone', async () => {
      // The model refuses it nowadays; a version from before may still hold it.
      const nul = { canonical_name: 'N', llm_context: { 'a\u0000b': 1 } };
      const outcomes = await adapter.apply([
        delivery('6000', { version: 1 }),
        { ...delivery('6001', { version: 1 }), content: nul },
        delivery('6002', { version: 1 }),
      ]);
      expect(new Map(outcomes.map(({ contact_id, outcome }) => [contact_id, outcome]))).toEqual(
        new Map([
          ['6000', 'applied'],
          ['6001', 'rejected'],
          ['6002', 'applied'],
        ]),
      );
    });

    test('an edit that is no contact is told all the same, for the hub to judge', async () => {
      await app.from('contacts').insert({ canonical_name: 'Odd', llm_context: 'no object', emails: 5 });
      const { changes } = await adapter.changes(null, 1);
      expect(changes[0]?.record.fields).toMatchObject({ llm_context: 'no object', emails: 5 });
    });

    test("service_role needs nothing but the schema's own grants, and anon has none", async () => {
      const calls = [
        `contact_sync_apply('[]')`,
        'contact_sync_changes(1)',
        `contact_sync_ack('[]')`,
        `contact_sync_fetch('[]')`,
        'contact_sync_scan(null, 1)',
        'contact_sync_schema()',
      ];
      const asRole = async (role: string, query: string): Promise<string> => {
        await sql.query(`begin; set local role ${role}`);
        try {
          await sql.query(query);
          return 'allowed';
        } catch (error) {
          return error instanceof pg.DatabaseError ? String(error.code) : 'lost';
        } finally {
          await sql.query('rollback');
        }
      };
      const answers = async (role: string) => {
        const told = [];
        for (const call of calls) told.push(await asRole(role, `select public.${call}`));
        return told;
      };
      expect(await answers('service_role')).toEqual(calls.map(() => 'allowed'));
      expect(await answers('anon')).toEqual(calls.map(() => '42501'));
      expect(await answers('authenticated')).toEqual(calls.map(() => '42501'));
      expect(await asRole('anon', 'select from public.contacts')).toBe('42501');
      expect(await asRole('service_role', 'select from contact_sync.outbox')).toBe('42501');
      expect(
        (await appOf(project.supabase.url, project.supabase.publishableKey).rpc('contact_sync_schema')).status,
      ).toBe(401);
    });
  });
});
