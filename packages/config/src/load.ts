import { readFileSync } from 'node:fs';
import { type Config, isLoopback, isReady, type ReadyConfig } from './config.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type Mapping, mappingSchema } from './mapping.ts';
import { MISSING, type Values, type Variable, variables } from './variables.ts';

/**
 * Reads the configuration from an environment, which is an argument: nothing here touches the process, and of the disk
 * only MAPPING_FILE. A variable that is empty or blank counts as missing; space around a value is dropped.
 *
 * @param need variables that may be left out in general, but not by this caller
 * @throws {ConfigError} with every problem at once
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, need: readonly Variable[] = []): Config {
  const given: Readonly<Record<string, string>> = Object.fromEntries(
    Object.keys(variables.shape).flatMap((name) => {
      const value = env[name]?.trim();
      return value ? [[name, value]] : [];
    }),
  );
  const parsed = variables.safeParse(given);
  const problems: ConfigProblem[] = (parsed.error?.issues ?? []).map(({ path, message }) => ({
    variable: String(path[0]),
    message,
  }));
  for (const variable of need)
    if (!(variable in given) && !problems.some((problem) => problem.variable === variable))
      problems.push({ variable, message: MISSING });
  // Also where other variables are wrong: all problems at once.
  const { HOST, API_TOKEN } = given;
  const host = variables.shape.HOST.safeParse(HOST);
  if (host.success && API_TOKEN === undefined && !isLoopback(host.data))
    problems.push({ variable: 'API_TOKEN', message: 'is missing: others reach a HOST that is no loopback address' });
  const mail = ['SMTP_URL', 'ALERT_EMAIL_FROM', 'ALERT_EMAIL_TO'] as const;
  for (const variable of mail)
    if (given[variable] === undefined && mail.some((other) => given[other] !== undefined))
      problems.push({ variable, message: 'is missing: e-mail needs SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO' });
  const mapping = given.MAPPING_FILE === undefined ? NO_MAPPING : readMapping(given.MAPPING_FILE);
  if (!parsed.success || problems.length + mapping.problems.length > 0)
    throw new ConfigError([...firstOfEach(problems), ...mapping.problems]);
  return configOf(parsed.data, mapping.mapping);
}

/**
 * The same, where nothing is embedded: every database has to be given.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadReadyConfig(env: Readonly<Record<string, string | undefined>>): ReadyConfig {
  const config = loadConfig(env, ['LEDGER_URL', 'LOCAL_URL']);
  if (isReady(config)) return config;
  throw new ConfigError([]);
}

/**
 * What MAPPING_FILE alone says, for who needs nothing else.
 *
 * @throws {ConfigError} with every problem of the file
 */
export function loadMapping(env: Readonly<Record<string, string | undefined>>): Mapping {
  const path = env.MAPPING_FILE?.trim();
  const { mapping, problems } = path ? readMapping(path) : NO_MAPPING;
  if (problems.length > 0) throw new ConfigError(problems);
  return mapping;
}

interface ReadMapping {
  readonly mapping: Mapping;
  readonly problems: readonly ConfigProblem[];
}

const NO_MAPPING: ReadMapping = { mapping: {}, problems: [] };

/** Every problem of the file at once: unlike a variable's value, its names may be told. */
function readMapping(path: string): ReadMapping {
  const failed = (...messages: string[]): ReadMapping => ({
    mapping: {},
    problems: messages.map((message) => ({ variable: 'MAPPING_FILE', message })),
  });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    return failed(`names a file that cannot be read${code}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return failed('is not JSON');
  }
  const parsed = mappingSchema.safeParse(json);
  if (parsed.success) return { mapping: parsed.data, problems: [] };
  return failed(
    ...parsed.error.issues.map(({ path, message }) => `has a problem at ${path.join('.') || 'its top'}: ${message}`),
  );
}

/** The order of the variables, and one problem for each: the first is what to mend. */
function firstOfEach(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return Object.keys(variables.shape).flatMap((name) => problems.find(({ variable }) => variable === name) ?? []);
}

function configOf(values: Values, mapping: Mapping): Config {
  return {
    databases: {
      ledger: values.LEDGER_URL ?? null,
      // Queues ask for no server of their own.
      queue: values.QUEUE_URL ?? values.LEDGER_URL ?? null,
      local: values.LOCAL_URL ?? null,
    },
    bigquery: {
      project: values.BIGQUERY_PROJECT,
      dataset: values.BIGQUERY_DATASET,
      location: values.BIGQUERY_LOCATION,
      emulatorHost: values.BIGQUERY_EMULATOR_HOST,
      keyFilename: values.GOOGLE_APPLICATION_CREDENTIALS,
    },
    supabase: {
      url: values.SUPABASE_URL,
      secretKey: values.SUPABASE_SECRET_KEY,
      dbUrl: values.SUPABASE_DB_URL,
      webhookSecret: values.SUPABASE_WEBHOOK_SECRET,
    },
    twenty: {
      url: values.TWENTY_URL,
      apiKey: values.TWENTY_API_KEY,
      webhookSecret: values.TWENTY_WEBHOOK_SECRET,
      requestsPerMinute: values.TWENTY_REQUESTS_PER_MINUTE,
    },
    mapping,
    server: {
      host: values.HOST,
      port: values.PORT,
      apiToken: values.API_TOKEN,
      publicUrl: values.PUBLIC_URL,
    },
    poll_ms: {
      bigquery: values.BIGQUERY_POLL_MS,
      supabase: values.SUPABASE_POLL_MS,
      local: values.LOCAL_POLL_MS,
      twenty: values.TWENTY_POLL_MS,
    },
    compare_ms: values.TWENTY_COMPARE_MS,
    sweep: { every_ms: values.SWEEP_MS, grace_ms: values.SWEEP_GRACE_MS },
    sync_ms: values.SYNC_MS,
    drift_ms: {
      bigquery: values.DRIFT_MS,
      supabase: values.DRIFT_MS,
      local: values.DRIFT_MS,
      twenty: values.TWENTY_DRIFT_MS,
    },
    retention_days: values.RETENTION_DAYS,
    storm_versions: values.ECHO_STORM_VERSIONS,
    alerts: {
      every_ms: values.ALERT_EVERY_MS,
      after_ms: values.ALERT_AFTER_MS,
      resolve_ms: values.ALERT_RESOLVE_MS,
      drift_percent: values.ALERT_DRIFT_PERCENT,
      latency_ms: values.ALERT_LATENCY_MS,
      stall_ms: values.ALERT_STALL_MS,
      skew_ms: values.ALERT_SKEW_MS,
      webhookUrl: values.ALERT_WEBHOOK_URL,
      email: emailOf(values),
    },
    tracing: { endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT },
    bounds: { skew_ms: values.CLOCK_SKEW_MS, max_version_jump: values.MAX_VERSION_JUMP },
    log_level: values.LOG_LEVEL,
    data: values.CONTACT_SYNC_DATA,
  };
}

/** All three or none, which {@link loadConfig} holds. */
function emailOf({ SMTP_URL, ALERT_EMAIL_FROM, ALERT_EMAIL_TO }: Values): Config['alerts']['email'] {
  if (SMTP_URL === undefined || ALERT_EMAIL_FROM === undefined || ALERT_EMAIL_TO === undefined) return undefined;
  return { smtpUrl: SMTP_URL, from: ALERT_EMAIL_FROM, to: ALERT_EMAIL_TO };
}
