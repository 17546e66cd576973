/** The services, put together from the environment: what a program imports that uses the hub as a library. */
import { ConfigError, isReady, loadConfig, type ReadyConfig } from '@contact-sync/config';
import { openLedger } from '@contact-sync/ledger';
import {
  AlignmentValidator,
  BigQuerySyncService,
  ConflictResolver,
  type ContactSource,
  CrmTwentySyncService,
  contactSources,
  LocalSyncService,
  type Log,
  noQueues,
  type Parts,
  type ServiceOptions,
  SupabaseSyncService,
  type System,
} from '@contact-sync/sync';
import { closeInOrder } from './closing.ts';
import { createHub } from './hub.ts';
import { type Installed, installLedger, installSystems } from './install.ts';
import { openLog } from './log.ts';
import { adaptersOf, createSystems, WORLD } from './systems.ts';

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
  /** What the services work with, for what they do not offer. */
  readonly parts: Parts;
  /** Creates what is missing in the ledger and in every system; twice is the same as once. */
  install(): Promise<readonly Installed[]>;
  /** Ends connections, within seconds. Twice is the same as once. */
  close(): Promise<void>;
}

const CLOSE_MS = 4_000;

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
  const config = configOf(env);
  const log = given ?? openLog(config.log_level);
  const opened = options.via === 'queue' ? await createHub(config, log) : withoutQueues(config, log);
  const { parts } = opened;
  return {
    bigquery: new BigQuerySyncService(parts, options),
    supabase: new SupabaseSyncService(parts, options),
    twenty: new CrmTwentySyncService(parts, options),
    local: new LocalSyncService(parts, options),
    conflicts: new ConflictResolver(parts, options),
    validator: new AlignmentValidator(parts),
    sources: contactSources(parts),
    parts,
    install: () => opened.install(),
    close: opened.close,
    [Symbol.asyncDispose]: opened.close,
  };
}

function configOf(env: Readonly<Record<string, string | undefined>>): ReadyConfig {
  const config = loadConfig(env, ['LEDGER_URL', 'LOCAL_URL']);
  if (isReady(config)) return config;
  throw new ConfigError([]);
}

interface Opened {
  readonly parts: Parts;
  install(): Promise<readonly Installed[]>;
  close(): Promise<void>;
}

function withoutQueues(config: ReadyConfig, log: Log): Opened {
  const ledger = openLedger(config.databases.ledger);
  const systems = createSystems(config, log);
  const parts: Parts = { ledger, queues: noQueues(), ...systems, ambient: WORLD, bounds: config.bounds, log };
  let closed: Promise<void> | null = null;
  return {
    parts,
    async install() {
      const own = await installLedger(ledger);
      return own.error === null ? [own, ...(await installSystems(systems))] : [own];
    },
    close() {
      closed ??= closeInOrder(
        log,
        [
          { name: 'systems', close: async () => void (await Promise.all(adaptersOf(systems).map((a) => a.close()))) },
          { name: 'ledger', close: () => ledger.close() },
        ],
        CLOSE_MS,
      );
      return closed;
    },
  };
}
