/**
 * Pending work is a query, not a memory: whatever the queues forgot, the ledger still knows. The sweeper asks it, and
 * moves what the queues gave up on to the dead letters. Any number of sweepers may run at once.
 */

import { behindOf } from './following.ts';
import type { NewDeadLetter } from './ledger-port.ts';
import type { Parts } from './parts.ts';
import { SYSTEMS, type System, TARGETS, type Target } from './ports.ts';
import { append, emit } from './publish.ts';
import { type FailedJob, keysOf, WORK_QUEUES, type WorkQueue } from './queue-port.ts';

const PAGE = 500;

/** What a sweep leaves to others. */
export interface SweepOptions {
  /** Work that was told to a queue within this time is left to it, in milliseconds. */
  readonly grace_ms: number;
}

/** How much was left behind, and was taken up now. */
export interface SweepResult {
  /** Failed jobs that became dead letters. */
  readonly buried: number;
  /** Versions and conflict events that BigQuery had not got. */
  readonly published: number;
  /** Records with undecided edits, told to the ingest queue again. */
  readonly reingested: number;
  /** Deliveries that are behind, told to their queues again. */
  readonly repropagated: number;
}

/**
 * Takes up whatever was left behind, at most 500 of a kind: the next sweep takes the rest.
 *
 * @throws one failure, or an {AggregateError} of what failed, after everything else was swept: one system's outage is
 *   not the others'
 */
export async function sweep(parts: Parts, options: SweepOptions): Promise<SweepResult> {
  const failures: unknown[] = [];
  const attempt = async (run: () => Promise<number>): Promise<number> => {
    try {
      return await run();
    } catch (error) {
      failures.push(error);
      return 0;
    }
  };
  const buried = await attempt(() => sweepFailed(parts));
  const published = await attempt(() => sweepUnappended(parts, options));
  let reingested = 0;
  for (const system of SYSTEMS) reingested += await attempt(() => sweepInbox(parts, system, options));
  let repropagated = 0;
  for (const target of TARGETS) repropagated += await attempt(() => sweepDeliveries(parts, target, options));
  await attempt(() => parts.ledger.closeAnswered());
  await attempt(() => showAgain(parts));
  const result = { buried, published, reingested, repropagated };
  if (published + reingested + repropagated > 0) parts.log.info(result, 'swept up work that was left behind');
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'sweeping failed');
  return result;
}

async function sweepInbox(parts: Parts, system: System, { grace_ms }: SweepOptions): Promise<number> {
  const records = await parts.ledger.pendingInbox(system, grace_ms, PAGE);
  if (records.length > 0) await parts.queues.ingest(system, records);
  return records.length;
}

async function sweepDeliveries(parts: Parts, target: Target, { grace_ms }: SweepOptions): Promise<number> {
  const contacts = await parts.ledger.pending(target, grace_ms, PAGE);
  if (contacts.length > 0) await parts.queues.propagate(target, contacts);
  return contacts.length;
}

/** A run that died between its commit and BigQuery left versions behind. @returns how many rows were appended now */
export async function sweepUnappended(parts: Parts, { grace_ms }: SweepOptions): Promise<number> {
  const left = await parts.ledger.unappended(null, grace_ms, PAGE);
  if (left.rows.length + left.events.length === 0) return 0;
  await append(parts, left);
  const states = await parts.ledger.contacts([...new Set(left.rows.map(({ contact_id }) => contact_id))]);
  await emit(parts, behindOf([...states.values()]));
  return left.rows.length + left.events.length;
}

/**
 * The failed set is the durable truth about failures. Jobs of many keys are split, so that one bad key fails alone. A
 * malformed job is buried as such, under no key: those that it held beside what was no key are not to blame.
 */
export async function sweepFailed(parts: Parts, queues: readonly WorkQueue[] = WORK_QUEUES): Promise<number> {
  let buried = 0;
  for (const queue of queues) {
    const failed = await parts.queues.failed(queue, PAGE);
    if (failed.length === 0) continue;
    for (const one of failed) if (keysOf(one.job).length > 1 || isMalformed(one)) await parts.queues.split(one.job);
    const letters = [
      ...failed.filter((one) => keysOf(one.job).length <= 1 && !isMalformed(one)).map(letterOf),
      ...failed.filter(isMalformed).map((one) => ({ ...letterOf(one), key: '', contact_id: null })),
    ];
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

/** As the port says of its code. */
const isMalformed = ({ code }: FailedJob): boolean => code === 'JOB_MALFORMED';

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

/**
 * Shows people what waits for them, and nothing else: a backend that was emptied shows too little, a worker that was
 * late to show what somebody had settled already shows too much. The ledger knows.
 */
async function showAgain(parts: Parts): Promise<number> {
  // In this order: what is shown was in the ledger before, and must not look settled.
  const shown = await parts.queues.shown();
  const [conflicts, letters] = await Promise.all([parts.ledger.conflicts(), parts.ledger.deadLetters()]);
  const open = new Set(conflicts.map(({ conflict_id }) => conflict_id));
  const visible = new Set(shown.conflict_ids);
  const unseen = conflicts.filter(({ conflict_id }) => !visible.has(conflict_id));
  const settled = shown.conflict_ids.filter((id) => !open.has(id));
  if (unseen.length > 0) await parts.queues.showConflicts(unseen);
  if (settled.length > 0) await parts.queues.hideConflicts(settled);

  const openLetters = new Set(letters.map(({ dead_letter_id }) => dead_letter_id));
  const visibleLetters = new Set(shown.letters.map(({ dead_letter_id }) => dead_letter_id));
  const unburied = letters.filter(({ dead_letter_id }) => !visibleLetters.has(dead_letter_id));
  const closed = shown.letters.filter(({ dead_letter_id }) => !openLetters.has(dead_letter_id));
  if (unburied.length > 0) await parts.queues.bury(unburied);
  if (closed.length > 0) await parts.queues.unbury(closed);
  return 0;
}
