/** Between the hub's processes and everything beside them: requests take time, get lost, are answered late or refused. */
import { OutageError, ThrottledError, TransientError } from '@contact-sync/sync';
import type { Process } from './process.ts';
import { type Chance, chanceOf } from './random.ts';
import type { Rpc } from './rpc.ts';
import { type Micros, MS, type Scheduler, SECOND } from './scheduler.ts';

export const PARTS = ['bigquery', 'supabase', 'local', 'twenty', 'ledger', 'queue'] as const;
export type Part = (typeof PARTS)[number];

/** What goes wrong on the way to one part. */
export interface Weather {
  /** It cannot be reached, or serves nobody. */
  away: boolean;
  /** A request takes up to so much longer, each way. */
  slow: Micros;
  /** The chance that a request never arrives, and that its answer is never heard. */
  lossy: number;
  /** It asks to be left alone. */
  throttled: boolean;
}

const FAIR: Weather = { away: false, slow: 0, lossy: 0, throttled: false };

/** One way, at most. */
const LATENCY = 4 * MS;
const TIMEOUT = 30 * SECOND;
const RETRY_AFTER_MS = 2_000;

export class Network {
  readonly #scheduler: Scheduler;
  readonly #seed: number;
  readonly #chances = new Map<string, Chance>();
  readonly #weather = new Map<Part, Weather>(PARTS.map((part) => [part, { ...FAIR }]));
  #requests = 0;

  constructor(scheduler: Scheduler, seed: number) {
    this.#scheduler = scheduler;
    this.#seed = seed;
  }

  get requests(): number {
    return this.#requests;
  }

  weather(part: Part): Weather {
    const weather = this.#weather.get(part);
    if (weather === undefined) throw new RangeError(`there is no part ${part}`);
    return weather;
  }

  clear(): void {
    for (const weather of this.#weather.values()) Object.assign(weather, FAIR);
  }

  /** One way, of something that is no request. */
  latency(): Micros {
    return latency(this.#chanceOf('others'), FAIR);
  }

  /** Each kind of request draws for itself, so that a script from which a step is left out goes much the same way. */
  #chanceOf(purpose: string): Chance {
    const known = this.#chances.get(purpose);
    if (known !== undefined) return known;
    const chance = chanceOf(this.#seed, `network ${purpose}`);
    this.#chances.set(purpose, chance);
    return chance;
  }

  /** The requests of one process. */
  rpcOf(process: Process): Rpc {
    return <T>(name: string, effect: () => T) =>
      new Promise<T>((resolve, reject) => {
        const part = name.slice(0, name.indexOf('.')) as Part;
        const weather = this.weather(part);
        this.#requests += 1;
        const sent = this.#scheduler.now;
        const late = () => reject(new TransientError('TIMEOUT', `${part} did not answer`));
        const chance = this.#chanceOf(`${process.name} ${name}`);
        const there = latency(chance, weather);
        const back = latency(chance, weather);
        // Nobody waits longer. A process that stood still meanwhile finds the answer and its timer, and takes either.
        if (there + back > TIMEOUT) process.after(TIMEOUT, late);
        const answer = (run: () => void) =>
          process.after(back, () => {
            const isLate = this.#scheduler.now - sent > TIMEOUT;
            if (isLate && chance.happens(0.5)) late();
            else run();
          });
        this.#scheduler.after(there, () => {
          // Whoever was killed meanwhile had perhaps sent it already.
          if (!process.alive && chance.happens(0.5)) return;
          if (weather.away) return answer(() => reject(outageOf(part)));
          if (weather.throttled) return answer(() => reject(throttlingOf(part)));
          if (chance.happens(weather.lossy)) return answer(() => reject(lostOf(part)));
          let give = () => {};
          const isAnswered = process.burn(() => {
            give = carryOut(effect, resolve, reject);
          });
          if (!isAnswered) return;
          const isHeard = !chance.happens(weather.lossy);
          answer(isHeard ? give : () => reject(lostOf(part)));
        });
      });
  }
}

const latency = (chance: Chance, { slow }: Weather): Micros => Math.ceil(chance.next() * (LATENCY + slow));

/** @returns what tells the caller how it went */
function carryOut<T>(effect: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): () => void {
  try {
    const value = effect();
    return () => resolve(value);
  } catch (error) {
    return () => reject(error);
  }
}

const outageOf = (part: Part) =>
  new OutageError(part === 'queue' ? 'QUEUE_UNREACHABLE' : `${part.toUpperCase()}_UNREACHABLE`, `${part} is away`);
const throttlingOf = (part: Part) =>
  new ThrottledError(`${part.toUpperCase()}_THROTTLED`, `${part} asks to wait`, RETRY_AFTER_MS);
const lostOf = (part: Part) => new TransientError('CONNECTION_LOST', `the connection to ${part} broke`);
