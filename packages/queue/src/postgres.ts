import {
  type BackendFactory,
  PostgresConnection,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
  Queue,
  quoteSchemaName,
  runMigrations,
  type Telemetry,
  Worker,
} from 'bullmq';
import pg from 'pg';
import { type Backend, type OnError, reached, within } from './backend.ts';
import { postgresDurability } from './postgres-durability.ts';
import { postgresEnded } from './postgres-ended.ts';

const CONNECT_MS = 5_000;
const CLOSE_MS = 3_000;
const PATIENCE_MS = 250;

/**
 * A pool of ours in a schema of ours. BullMQ lets a pool live in the schema `bullmq` only: its check at the start looks
 * there whatever the pool's search_path says.
 */
class SchemaConnection extends PostgresConnection {
  override readonly schema: string;

  constructor(pool: pg.Pool, schema: string) {
    super(pool);
    this.schema = schema;
  }
}

/**
 * A worker asks again at once after any error but a refused connection. Without a pause before the bad news it asks a
 * server that is starting up (57P03) hundreds of times a second.
 */
class PatientClient extends pg.Client {
  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(callback?: (...answer: never[]) => void): Promise<pg.Client> | undefined {
    if (!callback) return super.connect();
    super.connect((error: Error | null) => {
      const tell = () => Reflect.apply(callback, undefined, [error, this]);
      if (error) setTimeout(tell, PATIENCE_MS);
      else tell();
    });
    return undefined;
  }
}

/** One pool for all producers, one for all workers, each of which keeps one of its connections to LISTEN. */
export async function openPostgres(
  url: string,
  schema: string,
  onError: OnError,
  telemetry: Telemetry | undefined,
): Promise<Backend> {
  const traced = telemetry === undefined ? {} : { telemetry };
  const pool = (role: string, config: pg.PoolConfig): pg.Pool => {
    const made = new pg.Pool({
      connectionString: url,
      options: `-c search_path=${quoteSchemaName(schema)}`,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...config,
    });
    made.setMaxListeners(0); // every Queue and Worker listens
    made.on('error', (error) => onError(`postgres ${role}`, error));
    return made;
  };
  const producers = pool('producers', { max: 6, query_timeout: 10_000, application_name: 'contact-sync queues' });
  const workers = pool('workers', {
    Client: PatientClient,
    max: 24,
    query_timeout: 30_000,
    application_name: 'contact-sync workers',
  });
  const close = async () => {
    await within(CLOSE_MS, Promise.all([producers.end(), workers.end()]));
  };
  try {
    await migrate(producers, schema);
  } catch (error) {
    await close();
    throw error;
  }

  const factory =
    (pool: pg.Pool): BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> =>
    (name, opts, use = {}) =>
      new PostgresQueueBackend(
        new SchemaConnection(pool, schema),
        name,
        opts,
        true,
        use.withBlockingConnection ? name : undefined,
      );
  return {
    kind: 'postgres',
    async queue(name) {
      const queue = new Queue(name, { connection: producers, ...traced }, factory(producers));
      queue.on('error', (error) => onError(`queue ${name}`, error));
      // A start that fails is remembered for good, so that an instance is never used before it was ready once.
      await reached(queue.waitUntilReady());
      // The type parameters name the backend; for whoever uses a Queue it is the same class with the same methods.
      return queue as unknown as Queue;
    },
    async worker(name, processor, tuning) {
      const worker = new Worker(name, processor, { ...tuning, ...traced, connection: workers }, factory(workers));
      worker.on('error', (error) => onError(`worker ${name}`, error));
      await reached(worker.waitUntilReady());
      // As above.
      return worker as unknown as Worker;
    },
    ended: (queue, kind) => reached(postgresEnded(producers, queue.name, kind)),
    durability: () => reached(postgresDurability(producers, schema)),
    close,
  };
}

/** Safe when several processes start at once: `runMigrations` takes an advisory lock for its transaction. */
async function migrate(pool: pg.Pool, schema: string): Promise<void> {
  const client = await reached(pool.connect());
  try {
    await reached(runMigrations(client, schema));
  } finally {
    client.release();
  }
}
