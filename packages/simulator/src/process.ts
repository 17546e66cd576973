/** One operating-system process of the hub: it may be killed, or stand still and come back long after its locks are lost. */
import type { Ambient } from '@contact-sync/sync';
import type { Chance } from './random.ts';
import { type Micros, MS, type Scheduler } from './scheduler.ts';

export class Process {
  readonly name: string;
  /** What waits for a process that stands still to go on; `null` while it runs. */
  #held: (() => void)[] | null = null;
  #alive = true;
  onDeath: () => void = () => {};
  #fuse: { left: number; readonly after: boolean } | null = null;
  readonly #scheduler: Scheduler;
  readonly #skew: Micros;
  readonly #chance: Chance;

  constructor(name: string, scheduler: Scheduler, options: { readonly skew: Micros; readonly chance: Chance }) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#skew = options.skew;
    this.#chance = options.chance;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Alive and not standing still: locks are kept. */
  get awake(): boolean {
    return this.#alive && this.#held === null;
  }

  readonly ambient: Ambient = {
    now: () => Math.floor((this.#scheduler.now + this.#skew) / MS),
    random: () => this.#chance.next(),
    after: (ms, run) => this.after(ms * MS, run),
  };

  /** What happens in this process: not any more once it is dead, and not before it goes on. */
  after(micros: Micros, run: () => void): () => void {
    let off = false;
    const begin = () => {
      if (off || !this.#alive) return;
      if (this.#held === null) run();
      else this.#held.push(begin);
    };
    const callOff = this.#scheduler.after(micros, begin);
    return () => {
      off = true;
      callOff();
    };
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#held = null;
    this.onDeath();
  }

  /** SIGSTOP now, SIGCONT later. */
  freeze(micros: Micros): void {
    if (!this.awake) return;
    this.#held = [];
    this.#scheduler.after(micros, () => this.thaw());
  }

  thaw(): void {
    const held = this.#held;
    this.#held = null;
    for (const run of held ?? []) this.#scheduler.after(0, run);
  }

  /** Kills it at the request with this number from now on, before or after its effect. */
  light(left: number, after: boolean): void {
    this.#fuse = { left, after };
  }

  defuse(): void {
    this.#fuse = null;
  }

  /** Call for each request that has arrived. @returns false where the process dies before the effect */
  burn(effect: () => void): boolean {
    const fuse = this.#fuse;
    const isDue = fuse !== null && --fuse.left < 0;
    if (!isDue) {
      effect();
      return true;
    }
    this.#fuse = null;
    if (fuse.after) effect();
    this.kill();
    return false;
  }
}
