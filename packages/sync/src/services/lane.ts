/** Jobs of one queue, run one after the other in this process. */
import { batches } from '../parts.ts';
import { isIngest, keysOf, type WorkJob } from '../queue-port.ts';

/** As many keys at once as the hub's own jobs of ingest carry. */
const KEYS = 200;

/** The same job with at most so many keys each. */
export function pieces(job: WorkJob, size: number): readonly WorkJob[] {
  return isIngest(job)
    ? batches([...new Set(job.record_ids)], size).map((record_ids) => ({ system: job.system, record_ids }))
    : batches([...new Set(job.contact_ids)], size).map((contact_ids) => ({ target: job.target, contact_ids }));
}

/** Begins as soon as it is told something, and runs until nothing waits. */
export class Lane {
  readonly #run: (job: WorkJob) => Promise<void>;
  readonly #signal: AbortSignal;
  #told: WorkJob[] = [];
  #running: Promise<void> | null = null;
  #step = Promise.withResolvers<void>();
  #closed = false;

  /** @param run handles faults of the outside world itself; what it throws is thrown to whoever awaits {@link idle} */
  constructor(run: (job: WorkJob) => Promise<void>, signal: AbortSignal) {
    this.#run = run;
    this.#signal = signal;
  }

  get running(): boolean {
    return this.#running !== null;
  }

  /** Keys that wait, some of them perhaps twice. */
  get waiting(): number {
    return this.#told.reduce((sum, job) => sum + keysOf(job).length, 0);
  }

  tell(job: WorkJob): void {
    if (this.#closed || keysOf(job).length === 0) return;
    this.#told.push(...pieces(job, KEYS));
    this.#running ??= this.#loop();
    this.#running.catch(() => undefined);
  }

  /** Takes no more, and forgets what waits: the ledger does not. */
  close(): void {
    this.#closed = true;
    this.#told = [];
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  /** Resolves after the next job. */
  step(): Promise<void> {
    return this.#step.promise;
  }

  async #loop(): Promise<void> {
    try {
      // What is told in one go is there when the first job begins.
      await Promise.resolve();
      for (let job = this.#told.shift(); job !== undefined && !this.#signal.aborted; job = this.#told.shift()) {
        await this.#run(job);
        this.#step.resolve();
        this.#step = Promise.withResolvers();
      }
      this.#running = null;
    } finally {
      this.#step.resolve();
    }
  }
}
