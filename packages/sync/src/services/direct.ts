/**
 * Work that is told to queues, done here and now instead: a lane for ingest and one for each target, as the queues have
 * them, so that a system that is slow or away holds up no other.
 */
import { OutageError, PermanentError, SyncError } from '../errors.ts';
import { ingest } from '../ingest.ts';
import type { NewDeadLetter } from '../ledger-port.ts';
import type { Parts } from '../parts.ts';
import type { System } from '../ports.ts';
import { propagate } from '../propagate.ts';
import { isIngest, keysOf, type Queues, queueOf, type WorkJob, type WorkQueue } from '../queue-port.ts';
import { Lane, pieces } from './lane.ts';
import { bounded, patiently } from './patience.ts';
import type { Way, WayOptions } from './way.ts';

/** With more keys than this waiting, whoever tells more had better wait. */
const CROWD = 2_000;

export function direct(parts: Parts, options: WayOptions): Way {
  const bound = bounded(parts.ambient, options.timeout_ms, options.signal);
  const faults = new Map<System, SyncError>();
  const lanes = new Map<WorkQueue, Lane>();
  const tell = (job: WorkJob) => {
    const queue = queueOf(job);
    const lane = lanes.get(queue) ?? new Lane(run, bound.signal);
    lanes.set(queue, lane);
    lane.tell(job);
  };
  const queues: Queues = {
    ...parts.queues,
    ingest: async (system, record_ids) => tell({ system, record_ids }),
    propagate: async (target, contact_ids) => tell({ target, contact_ids }),
    split: async (job) => {
      for (const one of pieces(job, 1)) tell(one);
    },
  };
  const inner: Parts = { ...parts, queues };

  async function run(job: WorkJob): Promise<void> {
    try {
      await patiently(parts.ambient, bound.signal, () => once(job));
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      const several = keysOf(job).length > 1;
      if (several && !(error instanceof OutageError)) return await apart(job);
      // One bad key fails alone, and waits for a person.
      if (error instanceof PermanentError)
        return await parts.queues.bury(await parts.ledger.bury([letterOf(job, error)]));
      // Ingest waits for BigQuery and the ledger.
      faults.set(isIngest(job) ? 'bigquery' : job.target, error);
      if (error instanceof OutageError) lanes.get(queueOf(job))?.close();
    }
  }

  async function once(job: WorkJob): Promise<void> {
    if (!isIngest(job)) return void (await propagate(inner, job));
    const { unread } = await ingest(inner, job);
    // What was kept was decided over all the same.
    if (unread !== null) faults.set(job.system, unread);
  }

  async function apart(job: WorkJob): Promise<void> {
    for (const one of pieces(job, 1)) if (!bound.signal.aborted) await run(one);
  }

  const all = () => [...lanes.values()];
  return {
    parts: inner,
    hub: parts.queues,
    signal: bound.signal,
    async room() {
      const crowded = () => all().filter((lane) => lane.running && lane.waiting > CROWD);
      for (let full = crowded(); full.length > 0; full = crowded()) await Promise.race(full.map((lane) => lane.step()));
    },
    async settled() {
      while (all().some(({ running }) => running)) await Promise.all(all().map((lane) => lane.idle()));
      return faults;
    },
    [Symbol.dispose]: bound.close,
  };
}

function letterOf(job: WorkJob, { code, field, message, advice }: PermanentError): NewDeadLetter {
  const failed = { version: null, code, field: field ?? null, reason: message, advice, attempts: 1 };
  const [key = ''] = keysOf(job);
  return isIngest(job)
    ? { queue: 'ingest', system: job.system, key, contact_id: null, ...failed }
    : { queue: queueOf(job), system: job.target, key, contact_id: job.contact_ids[0] ?? null, ...failed };
}
