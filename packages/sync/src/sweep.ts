/**
 * Pending work is a query, not a memory: whatever the queues forgot, the ledger still knows. The sweeper asks it, and
 * moves what the queues gave up on to the dead letters. Any number of sweepers may run at once.
 */
import type { NewDeadLetter } from './ledger-port.ts';
import type { Parts } from './parts.ts';
import { SYSTEMS, TARGETS } from './ports.ts';
import { append, emit } from './publish.ts';
import { type FailedJob, WORK_QUEUES, type WorkQueue } from './queue-port.ts';

const PAGE = 500;

export interface SweepOptions {
  /** Work that was told to a queue within this time is left to it, in milliseconds. */
  readonly grace_ms: number;
}

export interface SweepResult {
  readonly buried: number;
  readonly published: number;
  readonly reingested: number;
  readonly repropagated: number;
}

export async function sweep(parts: Parts, options: SweepOptions): Promise<SweepResult> {
  const buried = await sweepFailed(parts);
  const published = await sweepUnappended(parts, options);
  let reingested = 0;
  for (const system of SYSTEMS) {
    const records = await parts.ledger.pendingInbox(system, options.grace_ms, PAGE);
    if (records.length > 0) await parts.queues.ingest(system, records);
    reingested += records.length;
  }
  let repropagated = 0;
  for (const target of TARGETS) {
    const contacts = await parts.ledger.pending(target, options.grace_ms, PAGE);
    if (contacts.length > 0) await parts.queues.propagate(target, contacts);
    repropagated += contacts.length;
  }
  await showAgain(parts);
  const result = { buried, published, reingested, repropagated };
  if (published + reingested + repropagated > 0) parts.log.info(result, 'swept up work that was left behind');
  return result;
}

/** A run that died between its commit and BigQuery left versions behind. */
async function sweepUnappended(parts: Parts, { grace_ms }: SweepOptions): Promise<number> {
  const left = await parts.ledger.unappended(null, grace_ms, PAGE);
  if (left.rows.length + left.events.length === 0) return 0;
  await append(parts, left);
  const states = await parts.ledger.contacts([...new Set(left.rows.map(({ contact_id }) => contact_id))]);
  await emit(parts, [...states.values()]);
  return left.rows.length + left.events.length;
}

/** The failed set is the durable truth about failures. Jobs of many keys are split, so that one bad key fails alone. */
export async function sweepFailed(parts: Parts, queues: readonly WorkQueue[] = WORK_QUEUES): Promise<number> {
  let buried = 0;
  for (const queue of queues) {
    const failed = await parts.queues.failed(queue, PAGE);
    if (failed.length === 0) continue;
    for (const { job } of failed) if (keysOf(job).length > 1) await parts.queues.split(job);
    const letters = failed.filter(({ job }) => keysOf(job).length <= 1).map(letterOf);
    if (letters.length > 0) await parts.queues.bury(await parts.ledger.bury(letters));
    await parts.queues.forgetFailed(
      queue,
      failed.map(({ job_id }) => job_id),
    );
    buried += letters.length;
  }
  if (buried > 0) parts.log.warn({ buried }, 'jobs were dead-lettered');
  return buried;
}

const keysOf = (job: FailedJob['job']): readonly string[] => ('record_ids' in job ? job.record_ids : job.contact_ids);

const letterOf = ({ queue, job, code, reason, advice, attempts }: FailedJob): NewDeadLetter => ({
  queue,
  system: 'system' in job ? job.system : job.target,
  key: keysOf(job)[0] ?? '',
  contact_id: 'contact_ids' in job ? (job.contact_ids[0] ?? null) : null,
  version: null,
  code,
  field: null,
  reason,
  advice,
  attempts,
});

/** A queue backend that was emptied shows neither conflicts nor dead letters; the ledger knows them all. */
async function showAgain(parts: Parts): Promise<void> {
  const counts = await parts.queues.counts();
  const conflicts = await parts.ledger.conflicts();
  if (conflicts.length > counts.conflicts.waiting) await parts.queues.showConflicts(conflicts);
  const letters = await parts.ledger.deadLetters();
  const shown = WORK_QUEUES.reduce((sum, queue) => sum + counts[`${queue}-dead`].waiting, 0);
  if (letters.length > shown) await parts.queues.bury(letters);
}
