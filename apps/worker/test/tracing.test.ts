import { PassThrough } from 'node:stream';
import { isReady, loadConfig } from '@contact-sync/config';
import { createHub, type Hub, openLog } from '@contact-sync/hub';
import { type BigQuerySandbox, startBigQuery } from '@contact-sync/sandbox/bigquery';
import { startTwenty, type Twenty } from '@contact-sync/sandbox/twenty';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningWorker, startWorker } from '../src/index.ts';
import { openReceiver, type ReceivedSpan, type Receiver } from './otlp.ts';

/** Nobody listens there, and fetch does not refuse to ask (as it would for port 1 or 9). */
const AWAY = 'http://127.0.0.1:2';
const EDIT = { name: 'Zenobia Canary', mail: 'zenobia@canary.example', note: 'keeps a secret orchard' };
let own: TestDatabase;
let local: TestDatabase;
let bigquery: BigQuerySandbox;
let twenty: Twenty;
let receiver: Receiver;
let hub: Hub;
let worker: RunningWorker;
let logged = '';

/** Supabase is away all the while: its deliveries fail, and are told as such. */
beforeAll(async () => {
  [own, local, bigquery, twenty, receiver] = await Promise.all([
    testDatabase(),
    testDatabase(),
    startBigQuery(),
    startTwenty({ apiKey: 'key-of-twenty', requestsPerMinute: 6_000 }),
    openReceiver(),
  ]);
  const config = loadConfig({
    LEDGER_URL: own.url,
    LOCAL_URL: local.url,
    BIGQUERY_PROJECT: bigquery.project,
    BIGQUERY_DATASET: 'contacts',
    BIGQUERY_EMULATOR_HOST: bigquery.host,
    SUPABASE_URL: AWAY,
    SUPABASE_SECRET_KEY: 'sb_secret_example',
    TWENTY_URL: twenty.url,
    TWENTY_API_KEY: twenty.apiKey,
    TWENTY_WEBHOOK_SECRET: 'secret-of-twenty',
    TWENTY_REQUESTS_PER_MINUTE: '6000',
    SWEEP_MS: '86400000',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  });
  if (!isReady(config)) throw new Error('the test gives every database');
  const out = new PassThrough({ encoding: 'utf8' }).on('data', (chunk: string) => {
    logged += chunk;
  });
  hub = await createHub(config, openLog('debug', out));
  await hub.install();
  worker = await startWorker(hub, {
    outage: { base_ms: 50, cap_ms: 200 },
    retry: { base_ms: 50, cap_ms: 50 },
    drain_ms: 1_000,
  });
  const client = new pg.Client({ connectionString: local.url });
  await client.connect();
  const sql = `insert into contacts (canonical_name, emails, llm_context)
    values ($1, jsonb_build_array($2::text), jsonb_build_object('personality_notes', $3::text))`;
  await client.query(sql, [EDIT.name, EDIT.mail, EDIT.note]);
  await client.end();
});

afterAll(async () => {
  await worker?.close();
  await hub?.close();
  await Promise.all([own, local, bigquery, twenty, receiver].map((one) => one?.close()));
});

const attribute = (span: ReceivedSpan, key: string) => span.attributes.find((one) => one.key === key)?.value;

/** The spans of the trace that began with the edit. */
function traceOf(spans: readonly ReceivedSpan[]): readonly ReceivedSpan[] {
  const root = spans.find(({ name, parentSpanId }) => name === 'notification local' && !parentSpanId);
  return spans.filter(({ traceId }) => traceId === root?.traceId);
}

/** From the root on, by names. */
function pathOf(span: ReceivedSpan, trace: readonly ReceivedSpan[]): readonly string[] {
  const parent = trace.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? [span.name] : [...pathOf(parent, trace), span.name];
}

test('an edit is one trace, from the notification through ingest and BigQuery to each delivery', async () => {
  const INGEST = ['notification local', 'addBulk ingest', 'process ingest'];
  await expect
    .poll(() => {
      const trace = traceOf(receiver.spans());
      return trace.map((span) => pathOf(span, trace).join(' > '));
    })
    .toEqual(
      expect.arrayContaining(
        [
          ['notification local'],
          ['notification local', 'local changes'],
          ['notification local', 'ledger receive'],
          INGEST,
          [...INGEST, 'ledger commit'],
          [...INGEST, 'bigquery append'],
          [...INGEST, 'addBulk propagate-twenty', 'process propagate-twenty', 'twenty apply'],
          [...INGEST, 'addBulk propagate-supabase', 'process propagate-supabase', 'supabase apply'],
        ].map((path) => path.join(' > ')),
      ),
    );
});

test('the spans say which contact, which job and what came of it', () => {
  const trace = traceOf(receiver.spans());
  const apply = trace.find(({ name }) => name === 'twenty apply');
  const append = trace.find(({ name }) => name === 'bigquery append');
  if (apply === undefined || append === undefined) throw new Error('both were told');
  expect(attribute(apply, 'contact_sync.applied')).toEqual({ intValue: 1 });
  expect(attribute(apply, 'contact_sync.contact_ids')).toEqual(attribute(append, 'contact_sync.contact_ids'));
  expect(attribute(append, 'contact_sync.contacts')).toEqual({ intValue: 1 });
  const away = trace.find(({ name }) => name === 'supabase apply');
  expect(away && attribute(away, 'error.type')).toEqual({ stringValue: expect.stringMatching(/^SUPABASE_/) });
  const job = trace.find(({ name }) => name === 'process propagate-twenty');
  expect(job && attribute(job, 'bullmq.job.id')).toBeDefined();
});

test('polls that find nothing and looks for the next job make no traces', () => {
  const roots = receiver.spans().filter(({ parentSpanId }) => !parentSpanId);
  for (const { name } of roots) expect(name).toMatch(/^(notification|addBulk|add) /);
});

test('each line logged during a job names it, its contacts and its trace', async () => {
  await expect.poll(() => logged).toContain('"queue":"propagate-supabase"');
  const lines = logged
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  const [waits] = lines.filter(({ msg }) => msg === 'queue waits for its system');
  expect(waits).toMatchObject({
    queue: 'propagate-supabase',
    job_id: expect.any(String),
    contacts: 1,
    contact_ids: [expect.stringMatching(/^\d+$/)],
    trace_id: traceOf(receiver.spans())[0]?.traceId,
    span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(lines.find(({ msg }) => msg === 'worker runs')).not.toHaveProperty('job_id');
});

test('nothing that a contact holds leaves in a trace or a line of the log', async () => {
  await worker.close();
  await hub.close();
  const told = [...receiver.bodies(), logged].join('\n');
  expect(receiver.bodies().length).toBeGreaterThan(0);
  for (const part of Object.values(EDIT).flatMap((text) => text.split(/[ @]/)))
    if (part.length > 3) expect(told.toLowerCase()).not.toContain(part.toLowerCase());
  expect(told).not.toMatch(/key-of-twenty|sb_secret|secret-of-twenty/);
  for (const { events } of receiver.spans()) expect(events).toEqual([]);
});
