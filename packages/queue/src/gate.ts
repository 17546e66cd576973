import type { OutageError, QueueObserver, ThrottledError, WorkQueue } from '@contact-sync/sync';
import type { Worker } from 'bullmq';
import type { OnError } from './backend.ts';
import { answered, type Backoff, concurrencyOf, FLOWING, type Flow, outage, throttled } from './flow.ts';

/** The parts of a worker by which a queue is stopped and set going. */
export type Valve = Pick<Worker, 'rateLimit' | 'concurrency'>;

export interface GateOptions {
  readonly queue: WorkQueue;
  readonly concurrency: number;
  readonly backoff: Backoff;
  readonly ambient: { now(): number; random(): number };
  readonly observer: QueueObserver;
  readonly onError: OnError;
}

/**
 * Stops one queue for its system's sake and sets it going again, by what its jobs meet. The stop itself is BullMQ's rate
 * limit: it lies in the backend, so that all workers of the queue keep it, and a job that goes back to waiting with a
 * RateLimitError spends no attempt.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #valve: Valve;
  #flow: Flow = FLOWING;

  constructor(valve: Valve, options: GateOptions) {
    this.#valve = valve;
    this.#options = options;
  }

  /** Call when a job begins; tell the others what comes back. */
  begin(): number {
    return this.#flow.epoch;
  }

  answered(begun: number): void {
    const before = this.#flow;
    this.#flow = answered(before, begun);
    if (before.phase === 'flowing' || this.#flow.phase !== 'flowing') return;
    this.#valve.concurrency = concurrencyOf(this.#flow, this.#options.concurrency);
    this.#tell((observer) => observer.flowing(this.#options.queue));
  }

  outage(begun: number, error: OutageError): Promise<void> {
    const { ambient, backoff } = this.#options;
    return this.#stop(outage(this.#flow, begun, error.code, backoff, { now: ambient.now(), random: ambient.random() }));
  }

  throttled(begun: number, error: ThrottledError): Promise<void> {
    return this.#stop(throttled(this.#flow, begun, error.code, error.retryAfterMs, this.#options.ambient.now()));
  }

  async #stop(next: Flow): Promise<void> {
    const before = this.#flow;
    this.#flow = next;
    if (next.phase === 'flowing' || next === before) return;
    const { ambient, concurrency, onError, queue } = this.#options;
    this.#valve.concurrency = concurrencyOf(next, concurrency);
    const wait = Math.max(1, next.until - ambient.now());
    this.#tell((observer) => observer.waiting(queue, next.code, wait));
    try {
      await this.#valve.rateLimit(wait);
    } catch (error) {
      // The backend is away, and so are its jobs: they come back together.
      onError(`worker ${queue}`, error);
    }
  }

  #tell(event: (observer: QueueObserver) => void): void {
    try {
      event(this.#options.observer);
    } catch (error) {
      this.#options.onError(`observer of ${this.#options.queue}`, error);
    }
  }
}
