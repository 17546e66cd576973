import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { contactId } from '@contact-sync/contact';
import { OutageError, PermanentError, type SyncError, ThrottledError, TransientError } from '@contact-sync/sync';
import { openHttpProxy } from '@contact-sync/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBigQuery } from '../src/index.ts';
import { columnsOf, Sql } from '../src/sql.ts';
import { failure, startWorld, version, type World } from './setup.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.sandbox.close());

describe('install', () => {
  test('a dry run names what is missing and makes nothing', async () => {
    const steps = await world.adapter.install({ dry_run: true });
    expect(steps.map((step) => step.what)).toEqual([
      'create dataset crm',
      'create table contact_versions',
      'create table sync_conflicts',
      'create view contacts_all',
      'create view contacts',
      'create view sync_conflicts_open',
      'create procedure edit_contact',
      'create procedure delete_contact',
    ]);
    expect(await world.adapter.install({ dry_run: true })).toEqual(steps);
  });

  test('does it once, and finds nothing to do the second time', async () => {
    expect(await world.adapter.install()).toHaveLength(8);
    expect(await world.adapter.install()).toEqual([]);
  });

  test('adds the columns that an older table lacks, with their defaults, and keeps its rows', async () => {
    await world.run('CREATE SCHEMA crm');
    await world.run(
      `CREATE TABLE crm.contact_versions (change_id STRING, contact_id INT64 NOT NULL, version INT64 NOT NULL,
         last_updated TIMESTAMP NOT NULL, last_updated_by STRING, canonical_name STRING, recorded_at TIMESTAMP NOT NULL)
       PARTITION BY DATE(recorded_at) CLUSTER BY contact_id`,
    );
    await world.run(
      `INSERT INTO crm.contact_versions (contact_id, version, last_updated, canonical_name, recorded_at)
       VALUES (1, 1, CURRENT_TIMESTAMP(), 'Old', CURRENT_TIMESTAMP())`,
    );
    const steps = (await world.adapter.install()).map((step) => step.what);
    expect(steps).toContain('add column contact_versions.llm_context');
    expect(steps).toContain('set the default of contact_versions.status');
    expect(await world.adapter.install()).toEqual([]);
    await world.adapter.append([version('2', 1, { canonical_name: 'New', llm_context: { how_met: 'here' } })]);
    expect(await world.adapter.heads([contactId('1'), contactId('2')])).toHaveLength(2);
  });

  test('replaces a view of another release', async () => {
    await world.adapter.install();
    await world.run('CREATE OR REPLACE VIEW crm.contacts AS SELECT 1 AS contact_id');
    expect((await world.adapter.install()).map((step) => step.what)).toEqual(['replace view contacts']);
    expect(await world.run('SELECT * FROM crm.contacts')).toEqual([]);
  });

  test('reads every column of a table from its SQL file', async () => {
    await world.adapter.install();
    const sql = new Sql('sandbox.crm');
    for (const name of ['contact_versions', 'sync_conflicts'] as const) {
      const [made] = await world
        .run(`SELECT * FROM crm.${name} UNION ALL SELECT * FROM crm.${name}`)
        .then((rows) => [rows]);
      expect(made).toEqual([]);
      expect(columnsOf(sql.text(name)).length).toBe(name === 'contact_versions' ? 22 : 11);
    }
  });
});

describe('a fault outside', () => {
  test('BigQuery that answers 503 is an outage, in health too, and over when it is over', async () => {
    await world.adapter.install();
    world.sandbox.setDown(true);
    for (const call of [
      () => world.adapter.append([version('1', 1, { canonical_name: 'Ann' })]),
      () => world.adapter.heads([contactId('1')]),
      () => world.adapter.changes(null, 10),
    ])
      expect(await failure(call())).toMatchObject({ name: 'OutageError', code: 'BIGQUERY_DOWN' });
    expect(await world.adapter.health()).toMatchObject({ ok: false });
    world.sandbox.setDown(false);
    expect(await world.adapter.health()).toMatchObject({ ok: true, detail: null });
  });

  test('a refused connection is an outage', async () => {
    await world.sandbox.close();
    const error = await failure(world.adapter.heads([contactId('1')]));
    expect(error).toBeInstanceOf(OutageError);
    expect(error).toMatchObject({ code: 'BIGQUERY_UNREACHABLE' });
    world = await startWorld();
  });

  test('missing tables are an outage that says what to do', async () => {
    for (const call of [
      () => world.adapter.heads([contactId('1')]),
      () => world.adapter.append([version('1', 1, { canonical_name: 'Ann' })]),
    ])
      expect(await failure(call())).toMatchObject({
        code: 'BIGQUERY_NOT_INSTALLED',
        advice: expect.stringContaining('contact-sync init'),
      });
    expect(await world.adapter.health()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('BIGQUERY_NOT_INSTALLED'),
    });
  });

  test.each([120_000, -120_000])(
    'its clock is found wrong by %i ms, and unknown where it tells none',
    async (wrong) => {
      await world.adapter.install();
      const proxy = await openHttpProxy(world.sandbox.host);
      const adapter = world.another({ emulatorHost: proxy.url });
      try {
        proxy.redate((date) => new Date(Date.parse(date) + wrong).toUTCString());
        const { skew_ms, latency_ms } = await adapter.health();
        expect(Math.abs((skew_ms ?? Number.NaN) - wrong)).toBeLessThanOrEqual(latency_ms / 2 + 1_000);
        proxy.redate(() => null);
        expect(await adapter.health()).toMatchObject({ ok: true, skew_ms: null });
      } finally {
        await proxy.close();
      }
    },
  );

  test('a column of another type is refused for good, and the value is told to nobody', async () => {
    await world.adapter.install();
    await world.run('DROP TABLE crm.contact_versions');
    await world.run('CREATE TABLE crm.contact_versions (contact_id STRING)');
    const error = await failure(world.adapter.heads([contactId('424242')]));
    expect(error).toMatchObject({ name: 'PermanentError', code: 'BIGQUERY_REFUSED' });
    expect(error).not.toHaveProperty('cause');
    expect(JSON.stringify(error)).not.toContain('424242');
  });

  test('a column whose type somebody changed is named, and its value is not', async () => {
    await world.run('CREATE SCHEMA crm');
    const sql = new Sql('sandbox.crm').text('contact_versions');
    await world.run(sql.replace('last_updated_by STRING', 'last_updated_by INT64'));
    await world.run(
      `INSERT INTO crm.contact_versions (contact_id, version, last_updated, last_updated_by)
       VALUES (1, 1, CURRENT_TIMESTAMP(), 424242)`,
    );
    const error = await failure(world.adapter.fetch(['1']));
    expect(error).toMatchObject({ code: 'BIGQUERY_UNREADABLE_ROW', field: 'last_updated_by' });
    expect(String(error)).not.toContain('424242');
  });

  const answers: [string, number, string, abstract new (...args: never[]) => SyncError, string][] = [
    ['a rate limit', 403, 'rateLimitExceeded', ThrottledError, 'BIGQUERY_THROTTLED'],
    ['a used up quota', 403, 'quotaExceeded', ThrottledError, 'BIGQUERY_THROTTLED'],
    ['too many requests', 429, 'tooMany', ThrottledError, 'BIGQUERY_THROTTLED'],
    ['wrong credentials', 401, 'authError', OutageError, 'BIGQUERY_DENIED'],
    ['a missing role', 403, 'accessDenied', OutageError, 'BIGQUERY_DENIED'],
    ['an internal error', 500, 'internalError', TransientError, 'BIGQUERY_FAILED'],
    ['a bad gateway', 502, 'backendError', OutageError, 'BIGQUERY_DOWN'],
    ['an invalid query', 400, 'invalidQuery', PermanentError, 'BIGQUERY_REFUSED'],
    ['too large a request', 413, 'requestTooLarge', PermanentError, 'BIGQUERY_TOO_LARGE'],
  ];
  test.each(answers)(
    '%s is told apart by status and reason, and not retried here',
    async (_, status, reason, kind, code) => {
      let calls = 0;
      const server = await answering(() => {
        calls += 1;
        return {
          status,
          body: { error: { code: status, message: 'secret', errors: [{ reason, message: 'secret' }] } },
        };
      });
      const adapter = createBigQuery({ project: 'p', dataset: 'crm', emulatorHost: server.host });
      for (const call of [
        () => adapter.heads([contactId('1')]),
        () => adapter.append([version('1', 1, { canonical_name: 'Ann' })]),
      ]) {
        const error = await failure(call());
        expect(error).toBeInstanceOf(kind);
        expect(error).toMatchObject({ code, message: expect.not.stringContaining('secret') });
      }
      expect(calls).toBe(2);
      await server.close();
    },
  );

  test('rows that others stopped are sent once more, and then left for a retry', async () => {
    const sent: number[] = [];
    const server = await answering((body) => {
      const { rows } = JSON.parse(body);
      sent.push(rows.length);
      return { status: 200, body: { insertErrors: [{ index: 0, errors: [{ reason: 'stopped', location: '' }] }] } };
    });
    const adapter = createBigQuery({ project: 'p', dataset: 'crm', emulatorHost: server.host });
    const rows = [version('1', 1, { canonical_name: 'Ann' }), version('2', 1, { canonical_name: 'Bob' })];
    expect(await failure(adapter.append(rows))).toBeInstanceOf(TransientError);
    expect(sent).toEqual([2, 1]);
    await server.close();
  });

  test('a connection that breaks is worth another try', async () => {
    const server = await answering(() => null);
    const adapter = createBigQuery({ project: 'p', dataset: 'crm', emulatorHost: server.host });
    expect(await failure(adapter.heads([contactId('1')]))).toBeInstanceOf(TransientError);
    await server.close();
  });
});

/** A server that always answers so; `null`: hangs up. */
async function answering(answer: (body: string) => { status: number; body: object } | null) {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const given = answer(Buffer.concat(chunks).toString());
      if (given === null) request.socket.destroy();
      else response.writeHead(given.status, { 'content-type': 'application/json' }).end(JSON.stringify(given.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    host: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
