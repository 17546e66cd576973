/** Brings edits from the systems into the ledger's inbox, and tells the ingest queue. */
import { ThrottledError } from './errors.ts';
import { adapterOf, type Parts } from './parts.ts';
import type { Change, System } from './ports.ts';

const PAGE = 500;

/** Takes edits that are told one by one, as by webhooks. */
export interface Receiver {
  /** Returns once the edit is safe in the ledger and its queue was told: only then is it acknowledged. */
  receive(change: Change): Promise<void>;
}

/** Edits that arrive while others are being written go together in the next batch: no delay alone, no pile together. */
export function createReceiver(parts: Parts, system: System): Receiver {
  let next: { readonly changes: Change[]; readonly written: Promise<void> } | null = null;
  let writing: Promise<void> = Promise.resolve();
  const write = async (changes: readonly Change[]) => {
    const records = await parts.ledger.receive(system, changes, null);
    if (records.length > 0) await parts.queues.ingest(system, records);
  };
  return {
    receive(change) {
      if (next !== null && next.changes.length < PAGE) {
        next.changes.push(change);
        return next.written;
      }
      const batch: Change[] = [change];
      const before = writing;
      const written = (async () => {
        await before.catch(() => undefined);
        if (next?.changes === batch) next = null;
        await write(batch);
      })();
      writing = written;
      next = { changes: batch, written };
      return written;
    },
  };
}

/**
 * Takes over everything that a system has to tell. An edit is acknowledged only once it is safe in the ledger; if the
 * queue cannot be told afterwards, the sweeper finds it there.
 *
 * @returns how many edits were read
 */
export async function drain(parts: Parts, system: System, signal?: AbortSignal): Promise<number> {
  const adapter = adapterOf(parts, system);
  let cursor = await parts.ledger.cursor(system);
  let read = 0;
  for (;;) {
    const page = await adapter.changes(cursor, PAGE);
    read += page.changes.length;
    cursor = page.cursor;
    const records = await parts.ledger.receive(system, page.changes, page.cursor);
    if (page.changes.length > 0) await adapter.ack(page.changes.map(({ key }) => key));
    if (records.length > 0) await parts.queues.ingest(system, records);
    if (!page.more || signal?.aborted) return read;
  }
}

/** How often systems are asked for their edits. */
export interface IntakeOptions {
  /** Milliseconds between polls of a system that nothing wakes. */
  readonly poll_ms: Readonly<Record<System, number>>;
  /** The longest pause after failures, in milliseconds, unless a system asks for more; default 30 seconds. */
  readonly max_pause_ms?: number;
  /** Told of each drain that failed. */
  readonly onFailure?: (system: System, error: unknown) => void;
  /**
   * Put around every drain that nothing woke, for whoever may not want it now: it need not run it, and throws nothing. What
   * the drain throws it throws for it to see.
   */
  readonly timed?: (system: System, run: () => Promise<void>) => Promise<void>;
}

/** The loops that bring edits in. */
export interface Intake {
  /** Something changed in the system: drain it now. Many wakes during one drain make one more drain. */
  wake(system: System): void;
  /**
   * Drains the system now.
   *
   * @returns when a drain that began after this has ended well
   * @throws what it failed with, or, where a drain failed and will be tried again by itself, what that failed with
   */
  poll(system: System): Promise<void>;
  /** The code that the last drain failed with, for each system whose last drain failed. */
  failing(): Readonly<Partial<Record<System, string>>>;
  /** Returns when the drains under way have come to the end of their page. */
  stop(): Promise<void>;
}

/** One loop for each system: drains at start, on every wake and on every poll, and backs off while the system is away. */
export function startIntake(parts: Parts, systems: readonly System[], options: IntakeOptions): Intake {
  const stopping = new AbortController();
  const loops = new Map(systems.map((system) => [system, new Loop(parts, system, options, stopping.signal)]));
  return {
    wake: (system) => loops.get(system)?.wake(),
    poll: async (system) => loops.get(system)?.poll(),
    failing: () =>
      Object.fromEntries([...loops].flatMap(([system, { failure }]) => (failure === null ? [] : [[system, failure]]))),
    async stop() {
      stopping.abort();
      await Promise.all([...loops.values()].map((loop) => loop.stopped()));
    },
  };
}

class Loop {
  failure: string | null = null;
  #fault: unknown = null;
  #asked: PromiseWithResolvers<void>[] = [];
  readonly #parts: Parts;
  readonly #system: System;
  readonly #options: IntakeOptions;
  readonly #signal: AbortSignal;
  readonly #done: Promise<void>;
  #woken = false;
  #skipped = false;
  #resume: () => void = () => undefined;
  #failures = 0;

  constructor(parts: Parts, system: System, options: IntakeOptions, signal: AbortSignal) {
    this.#parts = parts;
    this.#system = system;
    this.#options = options;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#resume(), { once: true });
    this.#done = this.#run();
  }

  wake(): void {
    this.#woken = true;
    if (this.#failures === 0) this.#resume();
  }

  async poll(): Promise<void> {
    // It asks already, as often as is good for the system; unless whoever may not want it was asked first.
    if (this.#failures > 0 && !this.#skipped) throw this.#fault;
    if (this.#signal.aborted) return;
    const asked = Promise.withResolvers<void>();
    this.#asked.push(asked);
    this.#woken = true;
    this.#resume();
    await asked.promise;
  }

  stopped(): Promise<void> {
    return this.#done;
  }

  async #run(): Promise<void> {
    let unwatch: (() => Promise<void>) | null = null;
    while (!this.#signal.aborted) {
      const woken = this.#woken;
      const asked = this.#asked;
      this.#woken = false;
      this.#asked = [];
      const pause = woken || this.#options.timed === undefined ? await this.#drain() : await this.#timed();
      this.#answer(asked);
      // Not before a drain went well, and again after each until it works: polling is slower, not worse.
      if (this.#failures === 0) unwatch ??= await this.#watch();
      if (!this.#woken || this.#failures > 0) await this.#rest(pause);
    }
    for (const { resolve } of this.#asked) resolve();
    await unwatch?.();
  }

  /** Those that asked meanwhile do not wait until the system is tried again. */
  #answer(asked: readonly PromiseWithResolvers<void>[]): void {
    if (this.#failures === 0) for (const { resolve } of asked) resolve();
    else for (const { reject } of [...asked, ...this.#asked.splice(0)]) reject(this.#fault);
  }

  async #timed(): Promise<number> {
    let pause: number | null = null;
    this.#skipped = true;
    await this.#options.timed?.(this.#system, async () => {
      pause = await this.#drain();
      if (this.#failures > 0) throw this.#fault;
    });
    return pause ?? (this.#failures > 0 ? this.#backoff() : this.#options.poll_ms[this.#system]);
  }

  async #watch(): Promise<(() => Promise<void>) | null> {
    const adapter = adapterOf(this.#parts, this.#system);
    if (adapter.watch === undefined) return async () => undefined;
    try {
      const stop = await adapter.watch(() => this.wake());
      // Whatever came between the drain and the watch was told to nobody.
      this.#woken ||= !this.#skipped;
      return stop;
    } catch (error) {
      this.#parts.log.warn({ system: this.#system, code: codeOf(error) }, 'cannot watch for changes: polling only');
      return null;
    }
  }

  async #drain(): Promise<number> {
    const { log } = this.#parts;
    const system = this.#system;
    this.#skipped = false;
    try {
      const read = await drain(this.#parts, system, this.#signal);
      if (this.#failures > 0) log.info({ system }, 'the system answers again');
      if (read > 0) log.debug({ system, read }, 'edits received');
      this.#failures = 0;
      this.failure = null;
      return this.#options.poll_ms[system];
    } catch (error) {
      this.#failures += 1;
      this.#fault = error;
      this.failure = codeOf(error);
      this.#options.onFailure?.(system, error);
      const level = this.#failures === 1 ? 'warn' : 'debug';
      log[level]({ system, code: this.failure, failures: this.#failures }, 'cannot read changes: will try again');
      const least = error instanceof ThrottledError ? error.retryAfterMs : 0;
      return Math.max(least, this.#backoff());
    }
  }

  #backoff(): number {
    const growth = Math.min(250 * 2 ** Math.min(this.#failures, 20), this.#options.max_pause_ms ?? 30_000);
    return growth * (0.5 + this.#parts.ambient.random() / 2);
  }

  async #rest(ms: number): Promise<void> {
    if (this.#signal.aborted) return;
    await new Promise<void>((resolve) => {
      const callOff = this.#parts.ambient.after(ms, resolve);
      this.#resume = () => {
        callOff();
        resolve();
      };
    });
    this.#resume = () => undefined;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
