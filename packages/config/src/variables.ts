/** The environment's variables, each with the form it must have. Messages complete the sentence "VARIABLE …". */
import { z } from 'zod';

const HOUR = 3_600_000;

/** Every problem of a text is told by the same sentence, so that no message can quote the value. */
const text = (min = 1) => z.string(MISSING).min(min, `must have at least ${min} characters`);

export const MISSING = 'is missing';

function url(schemes: readonly string[]) {
  const allowed = schemes.map((scheme) => `${scheme}://`).join(', ');
  return z.string(MISSING).superRefine((value, context) => {
    const parsed = URL.parse(value);
    if (parsed === null || parsed.hostname === '')
      context.addIssue({ code: 'custom', message: `is not a URL; it must begin with ${allowed}` });
    else if (!schemes.includes(parsed.protocol.slice(0, -1)))
      context.addIssue({ code: 'custom', message: `has an unknown scheme; it must begin with ${allowed}` });
  });
}

const POSTGRES = ['postgres', 'postgresql'];

/** Of a Postgres, or `sqlite:path` of a file; the path is relative to the folder that the program is started in. */
const localUrl = z.string(MISSING).superRefine((value, context) => {
  const file = sqliteFile(value);
  if (file === '') context.addIssue({ code: 'custom', message: 'must name a file after sqlite:' });
  if (file !== null) return;
  const parsed = URL.parse(value);
  if (parsed === null || parsed.hostname === '' || !POSTGRES.includes(parsed.protocol.slice(0, -1)))
    context.addIssue({ code: 'custom', message: 'must begin with postgres://, postgresql:// or sqlite:' });
});

/**
 * The file that a LOCAL_URL names: the path in `sqlite:path`, which may also be written `sqlite:///absolute/path`.
 *
 * @returns `null` for one of a Postgres, `''` where there is no file that lasts
 */
export function sqliteFile(local: string): string | null {
  if (!/^sqlite:/i.test(local)) return null;
  const path = local.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  return path === ':memory:' || path.startsWith('//') ? '' : path;
}

const WEB = ['http', 'https'];

function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string(MISSING)
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message));
}

const percent = z
  .string(MISSING)
  .regex(/^\d{1,3}(\.\d{1,6})?$/, 'must be a number from 0 to 100')
  .transform(Number)
  .pipe(z.number().max(100, 'must be a number from 0 to 100'));

/** Whether a mailbox is there, its server says; here only what could be none is told. */
const addresses = z
  .string(MISSING)
  .regex(/^[^\s@,]+@[^\s@,]+(\s*,\s*[^\s@,]+@[^\s@,]+)*$/, 'must be e-mail addresses, separated by commas');

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const variables = z.object({
  LEDGER_URL: url(POSTGRES).optional(),
  QUEUE_URL: url(['redis', 'rediss', ...POSTGRES]).optional(),
  LOCAL_URL: localUrl.optional(),
  BIGQUERY_PROJECT: text(),
  BIGQUERY_DATASET: text().regex(/^\w{1,1024}$/, 'must consist of letters, digits and underscores'),
  BIGQUERY_LOCATION: text().optional(),
  BIGQUERY_EMULATOR_HOST: url(WEB).optional(),
  GOOGLE_APPLICATION_CREDENTIALS: text().optional(),
  SUPABASE_URL: url(WEB),
  SUPABASE_SECRET_KEY: text(),
  SUPABASE_DB_URL: url(POSTGRES).optional(),
  SUPABASE_WEBHOOK_SECRET: text().optional(),
  TWENTY_URL: url(WEB),
  TWENTY_API_KEY: text(),
  TWENTY_WEBHOOK_SECRET: text(),
  TWENTY_REQUESTS_PER_MINUTE: whole(1, 1_000_000).default(100),
  MAPPING_FILE: text().optional(),
  PUBLIC_URL: url(WEB).optional(),
  HOST: text()
    .regex(/^[\w.:-]+$/, 'must be a host name or an IP address')
    .default('127.0.0.1'),
  PORT: whole(0, 65_535).default(3210),
  API_TOKEN: text(16).optional(),
  LOG_LEVEL: z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`).default('info'),
  BIGQUERY_POLL_MS: whole(100, 24 * HOUR).default(60_000),
  SUPABASE_POLL_MS: whole(100, 24 * HOUR).default(5_000),
  LOCAL_POLL_MS: whole(100, 24 * HOUR).default(5_000),
  TWENTY_POLL_MS: whole(100, 24 * HOUR).default(60_000),
  TWENTY_COMPARE_MS: whole(1_000, 30 * 24 * HOUR).default(6 * HOUR),
  SYNC_MS: whole(1_000, 24 * HOUR).default(300_000),
  DRIFT_MS: whole(1_000, 30 * 24 * HOUR).default(900_000),
  TWENTY_DRIFT_MS: whole(1_000, 30 * 24 * HOUR).default(6 * HOUR),
  RETENTION_DAYS: whole(7, 36_500).default(90),
  SWEEP_MS: whole(100, 24 * HOUR).default(15_000),
  SWEEP_GRACE_MS: whole(0, 24 * HOUR).default(30_000),
  CLOCK_SKEW_MS: whole(0, 24 * HOUR).default(300_000),
  MAX_VERSION_JUMP: whole(1, 1_000_000_000).default(1_000),
  ECHO_STORM_VERSIONS: whole(2, 1_000_000).default(60),
  ALERT_EVERY_MS: whole(1_000, HOUR).default(15_000),
  ALERT_AFTER_MS: whole(0, 24 * HOUR).default(30_000),
  ALERT_RESOLVE_MS: whole(0, 24 * HOUR).default(60_000),
  ALERT_DRIFT_PERCENT: percent.default(5),
  ALERT_LATENCY_MS: whole(1, 24 * HOUR).default(300_000),
  ALERT_STALL_MS: whole(1_000, 24 * HOUR).default(300_000),
  ALERT_SKEW_MS: whole(1, 24 * HOUR).default(60_000),
  ALERT_WEBHOOK_URL: url(WEB).optional(),
  ALERT_EMAIL_TO: addresses.optional(),
  ALERT_EMAIL_FROM: addresses.optional(),
  SMTP_URL: url(['smtp', 'smtps']).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(WEB).optional(),
  CONTACT_SYNC_DATA: text().default('.contact-sync'),
});

export type Values = z.infer<typeof variables>;
/** The name of an environment variable that the configuration is read from. */
export type Variable = keyof Values;
