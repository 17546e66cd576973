/** A worker in a process of its own that begins a job, says so, and never ends it. */
import { openBackend, openQueues, startWorkers } from '../src/index.ts';

const where: { url: string; schema: string; prefix: string } = JSON.parse(process.argv[2] ?? '');
const backend = await openBackend(where.url, where);
const forever = () => {
  process.send?.('began');
  return new Promise<void>(() => {});
};
await startWorkers(
  backend,
  await openQueues(backend),
  { ingest: forever, propagate: forever },
  { waiting: () => {}, flowing: () => {}, failed: () => {} },
  { lock_ms: 300, stalled_every_ms: 100 },
);
