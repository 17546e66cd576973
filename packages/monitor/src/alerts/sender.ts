import { SyncError, ThrottledError, TransientError } from '@contact-sync/sync';
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  ConstantBackoff,
  circuitBreaker,
  handleType,
  handleWhen,
  type IPolicy,
  retry,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import type { Sink, Telling } from './sink.ts';

/** How patient whoever tells people is. All in milliseconds, but for counts. */
export interface Patience {
  /** One attempt takes no longer. */
  readonly timeout_ms: number;
  /** After a fault that may pass a second attempt is made, so much later. */
  readonly again_ms: number;
  /** So many faults on end, and the sink is left alone for `break_ms`: each would take its timeout. */
  readonly break_after: number;
  readonly break_ms: number;
  /** Between the rounds that try a notice: doubled each time, at most `cap_ms`. */
  readonly base_ms: number;
  readonly cap_ms: number;
  /** Nobody else tries a notice for so long: longer than two attempts take. */
  readonly lease_ms: number;
  /** Notices a round. */
  readonly most: number;
  /** Whoever looked had no answer of the ledger: it is asked for so long once more before it counts as away. */
  readonly ledger_ms: number;
}

/** Where nothing else is asked for. */
export const PATIENCE: Patience = {
  timeout_ms: 15_000,
  again_ms: 500,
  break_after: 4,
  break_ms: 30_000,
  base_ms: 5_000,
  cap_ms: 600_000,
  lease_ms: 60_000,
  most: 50,
  ledger_ms: 5_000,
};

/** What came of telling. `left`: it was not tried. `wait_ms`: the sink is to be left alone for so long. */
export type Sent =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'failed'; readonly code: string }
  | { readonly outcome: 'left'; readonly wait_ms: number };

/** One sink, with patience: it is never called while it asked to wait, nor while it is known to be away. */
export class Sender {
  readonly sink: Sink;
  readonly #patience: Patience;
  readonly #now: () => number;
  readonly #policy: IPolicy;
  #quietUntil = 0;

  constructor(sink: Sink, patience: Patience, now: () => number) {
    this.sink = sink;
    this.#patience = patience;
    this.#now = now;
    this.#policy = wrap(
      retry(handleType(TransientError), { maxAttempts: 1, backoff: new ConstantBackoff(patience.again_ms) }),
      circuitBreaker(
        // One that asks to wait is not away.
        handleWhen((error) => !(error instanceof ThrottledError)),
        { halfOpenAfter: patience.break_ms, breaker: new ConsecutiveBreaker(patience.break_after) },
      ),
      timeout(patience.timeout_ms, TimeoutStrategy.Aggressive),
    );
  }

  /** Never throws for a fault of the sink: it is the answer. */
  async send(telling: Telling, signal: AbortSignal): Promise<Sent> {
    const quiet = this.#quietUntil - this.#now();
    if (quiet > 0) return { outcome: 'left', wait_ms: quiet };
    if (signal.aborted) return { outcome: 'left', wait_ms: 0 };
    try {
      await this.#policy.execute((context) => inTime(this.sink.send(telling, context.signal), context.signal), signal);
      return { outcome: 'sent' };
    } catch (error) {
      if (signal.aborted) return { outcome: 'left', wait_ms: 0 };
      if (error instanceof BrokenCircuitError) return { outcome: 'left', wait_ms: this.#patience.break_ms };
      if (error instanceof ThrottledError) {
        this.#quietUntil = this.#now() + error.retryAfterMs;
        return { outcome: 'left', wait_ms: error.retryAfterMs };
      }
      return { outcome: 'failed', code: codeOf(error) };
    }
  }
}

/** What is no fault that a sink names took too long, or nobody foresaw it. */
function codeOf(error: unknown): string {
  if (error instanceof SyncError) return error.code;
  return error instanceof TaskCancelledError ? 'SINK_TIMEOUT' : 'UNEXPECTED_ERROR';
}

/** A sink that heeds its signal fails by that, and not by itself. */
async function inTime(sending: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await sending;
  } catch (error) {
    throw signal.aborted ? new TaskCancelledError() : error;
  }
}
