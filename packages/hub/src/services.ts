/** The services, put together from the environment: what a program imports that uses the hub as a library. */
import { loadReadyConfig } from '@contact-sync/config';
import {
  AlignmentValidator,
  BigQuerySyncService,
  ConflictResolver,
  type ContactSource,
  CrmTwentySyncService,
  contactSources,
  Desk,
  LocalSyncService,
  type Log,
  noQueues,
  type Parts,
  type ServiceOptions,
  SupabaseSyncService,
  type System,
} from '@contact-sync/sync';
import { connect, createHub } from './hub.ts';
import type { Installed } from './install.ts';
import { openLog } from './log.ts';
import { WORLD } from './systems.ts';

/** How the services have their work done, and where they log. */
export interface OpenServicesOptions extends ServiceOptions {
  /** Default: JSON lines on stderr, from LOG_LEVEL on. */
  readonly log?: Log;
}

/** Every service, on connections that they share: closed once, at the end, by `close` or by `await using`. */
export interface Services extends AsyncDisposable {
  readonly bigquery: BigQuerySyncService;
  readonly supabase: SupabaseSyncService;
  readonly twenty: CrmTwentySyncService;
  readonly local: LocalSyncService;
  readonly conflicts: ConflictResolver;
  readonly validator: AlignmentValidator;
  /** Contacts as each system shows them: what a `ContactPromptBuilder` reads. */
  readonly sources: Readonly<Record<System, ContactSource>>;
  /** What operators see and do: dead letters, conflicts, timelines, imports. */
  readonly desk: Desk;
  /** What the services work with, for what they do not offer. */
  readonly parts: Parts;
  /** Creates what is missing in the ledger and in every system; twice is the same as once. */
  install(): Promise<readonly Installed[]>;
  /** Ends connections, within seconds. Twice is the same as once. */
  close(): Promise<void>;
}

/**
 * Connects the services to the systems that the environment names; the variables are the hub's own. Nothing is contacted
 * before it is used, but the queues, with `via: 'queue'`.
 *
 * With `via: 'direct'`, the default, no queue is opened and no worker has to run: beside a hub, or without one.
 *
 * @param env such as `process.env`
 * @throws {ConfigError} with every problem of the environment at once
 * @throws {OutageError} `QUEUE_UNREACHABLE`
 */
export async function openServices(
  env: Readonly<Record<string, string | undefined>>,
  { log: given, ...options }: OpenServicesOptions = {},
): Promise<Services> {
  const config = loadReadyConfig(env);
  const log = given ?? openLog(config.log_level);
  const opened = options.via === 'queue' ? await createHub(config, log) : connect(config, log, WORLD, noQueues(), []);
  const { parts } = opened;
  return {
    bigquery: new BigQuerySyncService(parts, options),
    supabase: new SupabaseSyncService(parts, options),
    twenty: new CrmTwentySyncService(parts, options),
    local: new LocalSyncService(parts, options),
    conflicts: new ConflictResolver(parts, options),
    validator: new AlignmentValidator(parts),
    sources: contactSources(parts),
    desk: 'desk' in opened ? opened.desk : new Desk(parts, opened.records, opened.watching.seals, { via: 'direct' }),
    parts,
    install: () => opened.install(),
    close: opened.close,
    [Symbol.asyncDispose]: opened.close,
  };
}
