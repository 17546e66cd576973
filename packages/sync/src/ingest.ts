/** notification → decision → ledger → BigQuery → propagate, a batch of one system's records at a time. */
import { decideBatch, type Observed } from './batch.ts';
import type { Decision, Outcome } from './decide.ts';
import { PermanentError, SyncError, TransientError } from './errors.ts';
import { follow } from './following.ts';
import { adapterOf, type Parts, surroundings } from './parts.ts';
import type { RecordId, System, SystemRecord } from './ports.ts';
import { publish } from './publish.ts';
import type { IngestJob } from './queue-port.ts';
import { standingOf } from './standing.ts';

/** How often a batch is decided anew because another worker was quicker, before the queue tries again later. */
const MAX_ROUNDS = 8;

/** What came of one job of ingest. */
export interface IngestResult {
  /** What became of each record's observations, in order. */
  readonly outcomes: ReadonlyMap<RecordId, readonly Outcome[]>;
  /**
   * Set when the system could not be read: only kept edits were decided over. The system's outage is not the queue's,
   * which serves the other systems too; whatever is still behind afterwards, the sweeper brings up again.
   */
  readonly unread: SyncError | null;
}

/**
 * Decides over the records' kept edits and over the records as they stand, and sends what follows on its way. Running
 * twice, late or after half a run changes nothing more.
 *
 * @param options.replay takes up edits that lie in dead letters as well
 * @throws {TransientError} `CONTENDED` when other workers kept changing the same contacts
 * @throws {OutageError} when the ledger, BigQuery or the queue is away
 */
export async function ingest(
  parts: Parts,
  job: IngestJob,
  options: { readonly replay?: boolean } = {},
): Promise<IngestResult> {
  const { system } = job;
  const outcomes = new Map<RecordId, readonly Outcome[]>();
  const current = await readCurrent(parts, system, job.record_ids);
  let remaining = [...new Set(job.record_ids)];
  for (let round = 0; remaining.length > 0; round++) {
    if (round === MAX_ROUNDS)
      throw new TransientError('CONTENDED', `${remaining.length} records were changed by others all the while`);
    const claimed = remaining.flatMap((id) => current.records.get(id)?.contact_id ?? []);
    const snapshot = await parts.ledger.snapshot(system, remaining, claimed);
    const observed = { record_ids: remaining, current: current.records, snapshot, replay: options.replay ?? false };
    remaining = await settle(parts, system, observed, outcomes);
  }
  return { outcomes, unread: current.failure };
}

interface Current {
  readonly records: ReadonlyMap<RecordId, SystemRecord>;
  readonly failure: SyncError | null;
}

/** The records as they stand. Where reading is metered, the newest edit that was kept stands for its record. */
async function readCurrent(parts: Parts, system: System, recordIds: readonly RecordId[]): Promise<Current> {
  const adapter = adapterOf(parts, system);
  const kept = adapter.metered
    ? standingOf((await parts.ledger.snapshot(system, recordIds, [])).inbox, adapter)
    : new Map<RecordId, SystemRecord>();
  const wanted = recordIds.filter((id) => !kept.has(id));
  if (wanted.length === 0) return { records: kept, failure: null };
  try {
    const records = await adapter.fetch(wanted);
    return {
      records: new Map([...kept, ...records.map((record) => [record.record_id, record] as const)]),
      failure: null,
    };
  } catch (error) {
    if (error instanceof PermanentError || !(error instanceof SyncError)) throw error;
    return { records: kept, failure: error };
  }
}

/** One round. @returns the records to be decided over again */
async function settle(
  parts: Parts,
  system: System,
  observed: Observed,
  outcomes: Map<RecordId, readonly Outcome[]>,
): Promise<RecordId[]> {
  const { decisions, rejections, settled, again } = decideBatch(observed, surroundings(parts, system), () =>
    parts.ambient.random(),
  );
  for (const [record_id, outcome] of settled) outcomes.set(record_id, outcome);
  const commits = decisions.map(({ decision }) => decision.commit);
  const { lost, letters, overtaken } = await parts.ledger.commit(commits, rejections);
  const isLost = ({ decision }: { readonly decision: Decision }) => lost.has(decision.commit.contact_id);
  const won = decisions.filter((one) => !isLost(one));
  for (const { record_id, decision } of won) outcomes.set(record_id, decision.outcomes);
  await publish(parts, follow(won.map(({ decision }) => decision)));
  if (letters.length > 0) await parts.queues.bury(letters);
  if (overtaken.length > 0) await parts.queues.unbury(overtaken);
  return [...again, ...decisions.filter(isLost).map(({ record_id }) => record_id)];
}
