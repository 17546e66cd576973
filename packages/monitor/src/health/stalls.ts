/** Whether work waits while nothing is done: pure. */
import { type LedgerHealth, type System, TARGETS, type WorkQueue } from '@contact-sync/sync';

/** Something that waits and should not. */
export interface Stall {
  /**
   * `NO_WORKER`: work waits, and no worker tells of itself. `NOTHING_DELIVERED`: changes wait for a system that is up, and
   * nothing came there. `NOTHING_DECIDED`: edits of it wait to be decided over, and BigQuery, which is up, was told nothing.
   */
  readonly code: 'NO_WORKER' | 'NOTHING_DELIVERED' | 'NOTHING_DECIDED';
  /** What waits is of or for this one; `null`: it is about no system in particular. */
  readonly system: System | null;
  /** How many wait. */
  readonly waiting: number;
  /** Seconds, whole: the oldest has waited so long, or nothing was finished for so long, whichever is less. */
  readonly for_s: number;
}

/** What is looked at. */
export interface StallSight {
  readonly ledger: LedgerHealth;
  /** Whether the system answers; `null`: nobody could ask in time. */
  up(system: System): boolean | null;
  /** Jobs of ingest that ended in each minute lately: echoes are decided over and nothing is appended. `null`: not known. */
  readonly decided_per_minute: number | null;
}

/** Workers tell of themselves every few seconds; work that has just come needs none yet. */
const NO_WORKER_MS = 60_000;

/** @param stall_ms how long work may wait without anything finished */
export function stallsOf(sight: StallSight, stall_ms: number): readonly Stall[] {
  const abandoned = noWorker(sight, Math.min(stall_ms, NO_WORKER_MS));
  return abandoned === null ? [...undelivered(sight, stall_ms), ...undecided(sight, stall_ms)] : [abandoned];
}

function noWorker({ ledger: { workers, systems } }: StallSight, after_ms: number): Stall | null {
  if (workers.length > 0) return null;
  const oldest = Math.max(...systems.map((one) => Math.max(one.oldest_pending_s ?? 0, one.oldest_inbox_s ?? 0)));
  const waiting = systems.reduce((sum, { pending, inbox }) => sum + pending + inbox, 0);
  if (waiting === 0 || oldest * 1_000 < after_ms) return null;
  return { code: 'NO_WORKER', system: null, waiting, for_s: Math.round(oldest) };
}

/** A queue that waits for its system is no stall: the system serves nobody, whatever it says of itself. */
const waits = ({ workers }: LedgerHealth, queue: WorkQueue): boolean =>
  workers.some(({ waiting }) => waiting[queue] !== undefined);

/** Milliseconds without anything finished while this one waits. */
function idle(ledger: LedgerHealth, oldest_s: number | null, last_success: string | null): number {
  const waited = (oldest_s ?? 0) * 1_000;
  return last_success === null ? waited : Math.min(waited, Date.parse(ledger.at) - Date.parse(last_success));
}

function* undelivered({ ledger, up }: StallSight, stall_ms: number): Iterable<Stall> {
  for (const { system, pending, oldest_pending_s, last_success } of ledger.systems) {
    const idle_ms = idle(ledger, oldest_pending_s, last_success);
    if (pending === 0 || idle_ms < stall_ms || up(system) !== true) continue;
    const target = TARGETS.find((one) => one === system);
    if (waits(ledger, target === undefined ? 'ingest' : `propagate-${target}`)) continue;
    yield { code: 'NOTHING_DELIVERED', system, waiting: pending, for_s: Math.round(idle_ms / 1_000) };
  }
}

function* undecided({ ledger, up, decided_per_minute }: StallSight, stall_ms: number): Iterable<Stall> {
  if (up('bigquery') !== true || waits(ledger, 'ingest') || (decided_per_minute ?? 0) > 0) return;
  const last_success = ledger.systems.find(({ system }) => system === 'bigquery')?.last_success ?? null;
  for (const { system, inbox, oldest_inbox_s } of ledger.systems) {
    const idle_ms = idle(ledger, oldest_inbox_s, last_success);
    if (inbox > 0 && idle_ms >= stall_ms && up(system) === true)
      yield { code: 'NOTHING_DECIDED', system, waiting: inbox, for_s: Math.round(idle_ms / 1_000) };
  }
}
