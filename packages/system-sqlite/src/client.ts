import { Worker } from 'node:worker_threads';
import { closed, died, errorOfFault } from './errors.ts';
import type { Call, CallName, Calls, Reply, ThreadOptions } from './protocol.ts';

/** As this file, so the other: sources run as they are, and built to JavaScript. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** The other end of the thread: starts it when it is needed, again if it died, and keeps no process alive when idle. */
export class Client {
  readonly #options: ThreadOptions;
  readonly #thread: URL;
  readonly #wakes = new Set<() => void>();
  readonly #waiting = new Map<number, Waiting>();
  /** Called once nobody waits any more. */
  readonly #idle: (() => void)[] = [];
  #worker: Worker | null = null;
  #closing: Promise<void> | null = null;
  #last = 0;

  constructor(options: ThreadOptions, thread: URL = THREAD) {
    this.#options = options;
    this.#thread = thread;
  }

  /** @throws {SyncError} whatever the fault; TransientError when the thread died meanwhile */
  call<Name extends CallName>(name: Name, args: Calls[Name]['args']): Promise<Calls[Name]['answer']> {
    return this.#closing === null ? this.#send(name, args) : Promise.reject(closed());
  }

  #send<Name extends CallName>(name: Name, args: Calls[Name]['args']): Promise<Calls[Name]['answer']> {
    const worker = this.#started();
    this.#last += 1;
    const call: Call = { id: this.#last, name, args };
    return new Promise((resolve, reject) => {
      this.#waiting.set(call.id, { resolve, reject });
      worker.ref();
      worker.postMessage(call);
    });
  }

  /** @returns ends it */
  async watch(wake: () => void): Promise<() => Promise<void>> {
    const mine = () => wake();
    this.#wakes.add(mine);
    await this.call('watch', { on: true });
    return async () => {
      if (this.#wakes.delete(mine) && this.#wakes.size === 0 && this.#closing === null)
        await this.call('watch', { on: false });
    };
  }

  /** After the calls that are under way. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#wakes.clear();
    const worker = this.#worker;
    if (worker === null) return;
    const exit = new Promise((resolve) => worker.once('exit', resolve));
    if (this.#waiting.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#send('close', {}).catch(() => undefined);
    worker.ref();
    await exit;
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    // Flags of the process, as --input-type, may be none that a thread can start with.
    const worker = new Worker(this.#thread, { workerData: this.#options, name: 'contact-sync sqlite', execArgv: [] });
    this.#worker = worker;
    worker.unref();
    worker.on('message', (reply: Reply) => this.#heard(worker, reply));
    worker.on('error', () => {}); // 'exit' follows
    worker.on('exit', () => this.#lost(worker));
    return worker;
  }

  #heard(worker: Worker, reply: Reply): void {
    if ('woken' in reply) {
      for (const wake of this.#wakes) wake();
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) worker.unref();
    if ('fault' in reply) waiting?.reject(errorOfFault(reply.fault));
    // The answer is that of the call with this id.
    else waiting?.resolve(reply.answer as never);
    this.#rested();
  }

  #rested(): void {
    if (this.#waiting.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #lost(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(died());
    this.#rested();
    if (this.#wakes.size === 0 || this.#closing !== null) return;
    // Nobody can tell what was missed meanwhile.
    this.call('watch', { on: true }).then(
      () => {
        for (const wake of this.#wakes) wake();
      },
      () => undefined,
    );
  }
}
