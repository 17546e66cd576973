import { isIP } from 'node:net';
import type { Mapping } from './mapping.ts';
import type { Values } from './variables.ts';

/**
 * The least severity that is logged, in the words of pino: `trace`, `debug`, `info`, `warn`, `error`, `fatal`; or
 * `silent`.
 */
export type LogLevel = Values['LOG_LEVEL'];

/** Where the hub keeps what is its own, as URLs. `null`: nowhere given, the embedded Postgres is meant. */
export interface Databases {
  /** `postgres://…`. */
  readonly ledger: string | null;
  /** `redis://…`, `rediss://…` or `postgres://…`; the ledger's where none is given. */
  readonly queue: string | null;
  /** The local database that takes part in the sync: of a Postgres, or `sqlite:path`. */
  readonly local: string | null;
}

/** Everything the programs may be told from outside. Holds secrets: never log it. Names ending in `_ms` are milliseconds. */
export interface Config {
  readonly databases: Databases;
  readonly bigquery: {
    readonly project: string;
    /** Without its project. */
    readonly dataset: string;
    /** As `EU` or `us-east1`; `undefined`: BigQuery finds it by the dataset. */
    readonly location: string | undefined;
    /** `http://host:port`, spoken to without credentials; `undefined`: the real BigQuery. */
    readonly emulatorHost: string | undefined;
    /** The path of a service account's key; `undefined`: the credentials that Google's libraries find by themselves. */
    readonly keyFilename: string | undefined;
  };
  readonly supabase: {
    /** Of the project, as `https://….supabase.co`. */
    readonly url: string;
    readonly secretKey: string;
    /** A Postgres URL of the project's owner: only `init` uses it. */
    readonly dbUrl: string | undefined;
    /** What a Database Webhook has to send; `undefined`: its webhooks are refused. */
    readonly webhookSecret: string | undefined;
  };
  readonly twenty: {
    /** Of the server, without `/rest`. */
    readonly url: string;
    readonly apiKey: string;
    /** Signs the webhooks that Twenty sends. */
    readonly webhookSecret: string;
    /** The hub's share of what Twenty allows all API keys of a workspace together. */
    readonly requestsPerMinute: number;
  };
  /** What MAPPING_FILE says. */
  readonly mapping: Mapping;
  readonly server: {
    readonly host: string;
    /** 0: any free one. */
    readonly port: number;
    /** What people show to see the queues. */
    readonly apiToken: string | undefined;
    /** How the outside world reaches the server, for webhooks to be sent to. */
    readonly publicUrl: string | undefined;
  };
  /** Between two polls of a system that nothing wakes. */
  readonly poll_ms: {
    readonly bigquery: number;
    readonly supabase: number;
    readonly local: number;
    readonly twenty: number;
  };
  /** How often the ids are compared with a system that forgets what was removed. */
  readonly compare_ms: number;
  /** How often what the queues forgot is looked for, and how long work that was told to a queue is left to it. */
  readonly sweep: {
    readonly every_ms: number;
    readonly grace_ms: number;
  };
  /** How often all systems are brought in step as a whole, beside every single edit. */
  readonly sync_ms: number;
  /** How often each system is looked at for drift. */
  readonly drift_ms: {
    readonly bigquery: number;
    readonly supabase: number;
    readonly local: number;
    readonly twenty: number;
  };
  /** For how many days the ledger keeps what it only needs to tell people. */
  readonly retention_days: number;
  /** A contact that gains so many versions within a minute is in a storm of echoes: its deliveries slow down. */
  readonly storm_versions: number;
  /** When people are told, and how. */
  readonly alerts: {
    /** Between two looks at everything. */
    readonly every_ms: number;
    /** How long something is wrong before it is told, and how long it is right before it counts as over. */
    readonly after_ms: number;
    readonly resolve_ms: number;
    /** How much is too much: per cent of the records, the 95th percentile, without anything finished, a system's clock. */
    readonly drift_percent: number;
    readonly latency_ms: number;
    readonly stall_ms: number;
    readonly skew_ms: number;
    /** Takes Slack's format; `undefined`: nobody is told that way. */
    readonly webhookUrl: string | undefined;
    /** `undefined`: no e-mail is sent. */
    readonly email: { readonly smtpUrl: string; readonly from: string; readonly to: string } | undefined;
  };
  /** Where traces go, an OTLP endpoint over HTTP; `undefined`: nowhere. */
  readonly tracing: { readonly endpoint: string | undefined };
  /** See `Bounds` of `@contact-sync/sync`. */
  readonly bounds: {
    readonly skew_ms: number;
    readonly max_version_jump: number;
  };
  readonly log_level: LogLevel;
  /** The folder of the embedded Postgres. */
  readonly data: string;
}

/** A {@link Config} whose databases are all known: what the hub is put together from. */
export type ReadyConfig = Config & {
  readonly databases: { readonly [name in keyof Databases]: string };
};

/** @returns whether every database is known */
export function isReady(config: Config): config is ReadyConfig {
  const { ledger, queue, local } = config.databases;
  return ledger !== null && queue !== null && local !== null;
}

/** A name or address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(bare) === 4) return bare.startsWith('127.');
  return bare === '::1' || bare === 'localhost' || bare.endsWith('.localhost');
}
