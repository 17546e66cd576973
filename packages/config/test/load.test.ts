import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, type ConfigProblem, isReady, loadConfig, sqliteFile, type Variable } from '../src/index.ts';
import { LEAST } from './least.ts';

function problemsOf(env: Record<string, string | undefined>, need?: readonly Variable[]): readonly ConfigProblem[] {
  try {
    loadConfig(env, need);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const variablesOf = (problems: readonly ConfigProblem[]) => problems.map(({ variable }) => variable);

describe('what is left out', () => {
  test('takes its default', () => {
    expect(loadConfig(LEAST)).toMatchObject({
      databases: { ledger: null, queue: null, local: null },
      server: { host: '127.0.0.1', port: 3210, apiToken: undefined, publicUrl: undefined },
      poll_ms: { bigquery: 60_000, supabase: 5_000, local: 5_000, twenty: 60_000 },
      sweep: { every_ms: 15_000, grace_ms: 30_000 },
      mapping: {},
      compare_ms: 21_600_000,
      bounds: { skew_ms: 300_000, max_version_jump: 1_000 },
      twenty: { requestsPerMinute: 100 },
      sync_ms: 300_000,
      drift_ms: { bigquery: 900_000, supabase: 900_000, local: 900_000, twenty: 21_600_000 },
      retention_days: 90,
      storm_versions: 60,
      alerts: {
        every_ms: 15_000,
        after_ms: 30_000,
        resolve_ms: 60_000,
        drift_percent: 5,
        latency_ms: 300_000,
        stall_ms: 300_000,
        skew_ms: 60_000,
        webhookUrl: undefined,
        email: undefined,
      },
      tracing: { endpoint: undefined },
      log_level: 'info',
      data: '.contact-sync',
    });
  });

  test('is told by name, all of it at once, where there is no default', () => {
    expect(problemsOf({})).toEqual(Object.keys(LEAST).map((variable) => ({ variable, message: 'is missing' })));
  });

  test('is told where only this caller cannot do without', () => {
    expect(problemsOf(LEAST, ['LEDGER_URL', 'SUPABASE_DB_URL'])).toEqual([
      { variable: 'LEDGER_URL', message: 'is missing' },
      { variable: 'SUPABASE_DB_URL', message: 'is missing' },
    ]);
  });

  test('is the same as what is empty or blank', () => {
    expect(problemsOf({ ...LEAST, SUPABASE_URL: '', TWENTY_API_KEY: '  ' })).toEqual([
      { variable: 'SUPABASE_URL', message: 'is missing' },
      { variable: 'TWENTY_API_KEY', message: 'is missing' },
    ]);
    expect(loadConfig({ ...LEAST, PORT: '', LEDGER_URL: ' ' })).toMatchObject({
      server: { port: 3210 },
      databases: { ledger: null },
    });
  });
});

describe('the databases', () => {
  test('the queues live beside the ledger unless they have a URL of their own', () => {
    const ledger = 'postgres://127.0.0.1/ledger';
    expect(loadConfig({ ...LEAST, LEDGER_URL: ledger }).databases.queue).toBe(ledger);
    const queue = 'rediss://127.0.0.1:6379';
    expect(loadConfig({ ...LEAST, LEDGER_URL: ledger, QUEUE_URL: queue }).databases.queue).toBe(queue);
  });

  test('are ready once every one is known', () => {
    const url = 'postgresql://127.0.0.1/all';
    expect(isReady(loadConfig({ ...LEAST, LEDGER_URL: url }))).toBe(false);
    expect(isReady(loadConfig({ ...LEAST, LEDGER_URL: url, LOCAL_URL: url }))).toBe(true);
  });
});

describe('the local database', () => {
  test('is a file where the URL says sqlite', () => {
    expect(sqliteFile('sqlite:data/contacts.db')).toBe('data/contacts.db');
    expect(sqliteFile('sqlite:/var/lib/contacts.db')).toBe('/var/lib/contacts.db');
    expect(sqliteFile('sqlite:///var/lib/contacts.db')).toBe('/var/lib/contacts.db');
    expect(sqliteFile('postgres://127.0.0.1/contacts')).toBeNull();
  });
});

describe('a value of the wrong form', () => {
  test.each([
    ['QUEUE_URL', 'amqp://broker.example'],
    ['QUEUE_URL', 'https://broker.example'],
    ['LEDGER_URL', 'redis://127.0.0.1'],
    ['LEDGER_URL', 'localhost'],
    ['LOCAL_URL', 'sqlite:'],
    ['LOCAL_URL', 'sqlite::memory:'],
    ['LOCAL_URL', 'sqlite://host/file.db'],
    ['LOCAL_URL', 'mysql://127.0.0.1/contacts'],
    ['TWENTY_COMPARE_MS', '999'],
    ['SUPABASE_URL', 'example.supabase.co'],
    ['SUPABASE_DB_URL', 'https://example.supabase.co'],
    ['TWENTY_URL', 'ftp://twenty.example'],
    ['PUBLIC_URL', '//hub.example'],
    ['BIGQUERY_EMULATOR_HOST', 'postgres://127.0.0.1'],
    ['BIGQUERY_DATASET', 'contacts; drop table'],
    ['HOST', 'http://0.0.0.0'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['PORT', 'http'],
    ['LOG_LEVEL', 'loud'],
    ['API_TOKEN', 'short'],
    ['SWEEP_MS', '0'],
    ['LOCAL_POLL_MS', '99'],
    ['TWENTY_POLL_MS', '1e9'],
    ['CLOCK_SKEW_MS', '99999999999999999999'],
    ['MAX_VERSION_JUMP', '0'],
    ['TWENTY_REQUESTS_PER_MINUTE', '0'],
    ['SYNC_MS', '999'],
    ['RETENTION_DAYS', '6'],
    ['ECHO_STORM_VERSIONS', '1'],
    ['ALERT_DRIFT_PERCENT', '100.1'],
    ['ALERT_DRIFT_PERCENT', '-1'],
    ['ALERT_DRIFT_PERCENT', '5%'],
    ['ALERT_WEBHOOK_URL', 'hooks.example/T0'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
  ])('%s=%s is told as one problem of that variable', (variable, value) => {
    const problems = problemsOf({ ...LEAST, [variable]: value });
    expect(variablesOf(problems)).toEqual([variable]);
    expect(problems[0]?.message).toMatch(/must|unknown scheme|not a URL/);
  });

  test.each([
    ['PORT', '0'],
    ['PORT', '65535'],
    ['HOST', 'localhost'],
    ['HOST', '127.0.0.2'],
    ['HOST', '::1'],
    ['QUEUE_URL', 'redis://:pass@127.0.0.1:6379/1'],
    ['LEDGER_URL', 'postgres://user:p%40ss@[::1]:5432/ledger?sslmode=require'],
    ['SWEEP_GRACE_MS', '0'],
    ['LOCAL_URL', 'sqlite:contacts.db'],
    ['LOCAL_URL', 'sqlite:///var/lib/contacts.db'],
    ['ALERT_DRIFT_PERCENT', '0'],
    ['ALERT_DRIFT_PERCENT', '0.5'],
    ['ALERT_DRIFT_PERCENT', '100'],
    ['ALERT_AFTER_MS', '0'],
    ['ALERT_WEBHOOK_URL', 'https://hooks.example/services/T0/B0/x'],
  ])('%s=%s is none', (variable, value) => {
    expect(problemsOf({ ...LEAST, [variable]: value })).toEqual([]);
  });

  test('is told together with all others, in the order of the variables', () => {
    const problems = problemsOf({ ...LEAST, TWENTY_URL: '', PORT: 'x', QUEUE_URL: 'kafka://x' }, ['LEDGER_URL']);
    expect(variablesOf(problems)).toEqual(['LEDGER_URL', 'QUEUE_URL', 'TWENTY_URL', 'PORT']);
  });
});

describe('alerts by e-mail', () => {
  const MAIL = {
    SMTP_URL: 'smtps://hub:secret@mail.example',
    ALERT_EMAIL_FROM: 'hub@example.com',
    ALERT_EMAIL_TO: 'ann@example.com, bob@example.com',
  };

  test('need a server, a sender and somebody to tell', () => {
    const { email } = loadConfig({ ...LEAST, ...MAIL }).alerts;
    expect(email).toEqual({ smtpUrl: MAIL.SMTP_URL, from: MAIL.ALERT_EMAIL_FROM, to: MAIL.ALERT_EMAIL_TO });
    for (const name of Object.keys(MAIL))
      expect(variablesOf(problemsOf({ ...LEAST, ...MAIL, [name]: '' }))).toEqual([name]);
  });

  test.each(['ann', 'ann@', '@example.com', 'ann@example.com,', 'ann @example.com', 'a@b@c'])(
    'are sent to nobody called %s',
    (address) => {
      expect(variablesOf(problemsOf({ ...LEAST, ...MAIL, ALERT_EMAIL_TO: address }))).toEqual(['ALERT_EMAIL_TO']);
    },
  );
});

test.each(['0.0.0.0', '::', '10.0.0.7', 'hub.example', '127.0.0.1.example', 'localhost.example'])(
  'HOST=%s, which others reach, needs a token',
  (HOST) => {
    expect(variablesOf(problemsOf({ ...LEAST, HOST }))).toEqual(['API_TOKEN']);
    expect(problemsOf({ ...LEAST, HOST, API_TOKEN: 'a-token-of-16-or-more' })).toEqual([]);
  },
);

test('no value of any variable is ever printed', () => {
  const names = Object.keys(LEAST).concat('QUEUE_URL', 'LEDGER_URL', 'LOCAL_URL', 'PORT', 'LOG_LEVEL', 'API_TOKEN');
  const marked = fc.string({ maxLength: 8 }).map((rest) => `hunter2${rest}hunter2`);
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), marked), (env) => {
      try {
        loadConfig(env);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect(`${error}${JSON.stringify(error)}`).not.toContain('hunter2');
        expect(error).not.toHaveProperty('cause');
      }
    }),
  );
});
