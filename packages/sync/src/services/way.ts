/** The two ways in which the services have work done. Both run `ingest` and `propagate`, as the workers do. */
import type { Parts } from '../parts.ts';
import type { Queues } from '../queue-port.ts';
import { direct } from './direct.ts';
import type { Faults } from './faults.ts';
import { queued } from './queued.ts';

/** Takes work and sees it done. One for each call of a service, and disposed of with it. */
export interface Way extends Disposable {
  /** What is told to the queues of these parts gets done. */
  readonly parts: Parts;
  /** The hub's own queues, for what is not this call's errand. */
  readonly hub: Queues;
  /** Resolves once there is room for more: who tells much asks between two pages. */
  room(): Promise<void>;
  /** Resolves once everything told so far, and all that followed from it, is done or cannot be done now. */
  settled(): Promise<Faults>;
  /** Aborted by the caller, or when the time is up. */
  readonly signal: AbortSignal;
}

export interface WayOptions {
  /** Everything of the ledger is meant, not just what is told. */
  readonly everything?: boolean;
  /** Milliseconds after which what is not done is left pending. */
  readonly timeout_ms: number;
  /** Begins nothing more once it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * - `direct`: in this process, without any worker and without a queue. What is left behind if it dies is found by the next
 *   run, or by a hub's sweeper.
 * - `queue`: by the hub's workers, which have to run somewhere; awaited by asking the ledger, so that a worker that dies
 *   or a queue that is emptied delays the answer and does not falsify it.
 */
export type Via = 'direct' | 'queue';

/** How a service has its work done, and how long it waits for it. */
export interface ServiceOptions {
  /** Default `direct`. */
  readonly via?: Via;
  /** How long one contact may take, in milliseconds; default 30 seconds. What is not done by then shows as pending. */
  readonly timeout_ms?: number;
}

export const wayOf = (via: Via, parts: Parts, options: WayOptions): Way =>
  via === 'direct' ? direct(parts, options) : queued(parts, options);
