import { Queue, type Telemetry, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { type Backend, type OnError, reached, unreachable } from './backend.ts';
import { COUNTED_MINUTES } from './counted-minutes.ts';
import { redisDurability } from './redis-durability.ts';

const CONNECT_MS = 5_000;
const COMMAND_MS = 5_000;
/**
 * How long an idle worker blocks. After a dropped connection the driver may never answer a blocking command; BullMQ
 * gives up on it one second later than this.
 */
const BLOCK_S = 2;

/** One connection for all producers, one for all workers; BullMQ adds one to each worker for its blocking wait. */
export async function openRedis(
  url: string,
  prefix: string,
  onError: OnError,
  telemetry: Telemetry | undefined,
): Promise<Backend> {
  const traced = telemetry === undefined ? {} : { telemetry };
  const connect = async (role: string, options: RedisOptions): Promise<Redis> => {
    const client = new Redis(url, { lazyConnect: true, connectTimeout: CONNECT_MS, ...options });
    client.on('error', (error) => onError(`redis ${role}`, error));
    try {
      await client.connect();
    } catch (error) {
      client.disconnect();
      throw unreachable(error);
    }
    return client;
  };
  const producers = await connect('producers', {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_MS,
  });
  const workers = await connect('workers', { maxRetriesPerRequest: null }).catch((error: unknown) => {
    producers.disconnect();
    throw error;
  });
  return {
    kind: 'redis',
    async queue(name) {
      const queue = new Queue(name, { connection: producers, prefix, ...traced });
      queue.on('error', (error) => onError(`queue ${name}`, error));
      await reached(queue.waitUntilReady());
      return queue;
    },
    async worker(name, processor, tuning) {
      const worker = new Worker(name, processor, {
        drainDelay: BLOCK_S,
        ...tuning,
        ...traced,
        connection: workers,
        prefix,
      });
      worker.on('error', (error) => onError(`worker ${name}`, error));
      await reached(worker.waitUntilReady());
      return worker;
    },
    ended: (queue, kind) => reached(queue.getMetrics(kind, 0, COUNTED_MINUTES)),
    durability: () => reached(redisDurability(producers)),
    async close() {
      producers.disconnect();
      workers.disconnect();
    },
  };
}
