/** Simulated time: what is to happen, in order. Nothing here takes real time but the work itself. */

/** Microseconds since the Unix epoch. */
export type Micros = number;

export const MS = 1_000;
export const SECOND = 1_000 * MS;

const START: Micros = Date.UTC(2026, 0, 1) * MS;

interface Event {
  readonly at: Micros;
  /** Of two at the same time the one that was planned first comes first. */
  readonly place: number;
  run: (() => void) | null;
}

export class Scheduler {
  #now = START;
  #planned = 0;
  #happened = 0;
  readonly #heap: Event[] = [];

  get now(): Micros {
    return this.#now;
  }

  /** Microseconds since the history began. */
  get elapsed(): Micros {
    return this.#now - START;
  }

  /** How many events there were. */
  get happened(): number {
    return this.#happened;
  }

  /** @returns what calls it off */
  after(micros: Micros, run: () => void): () => void {
    const event: Event = { at: this.#now + Math.max(0, Math.round(micros)), place: this.#planned++, run };
    push(this.#heap, event);
    return () => {
      event.run = null;
    };
  }

  /** Lets events happen, one by one, until the condition holds, nothing is left, or that much time has gone by. */
  async runUntil(isEnough: () => boolean, within: Micros): Promise<void> {
    const end = this.#now + within;
    for (;;) {
      if (isEnough()) return;
      const [first] = this.#heap;
      if (first === undefined || first.at > end) {
        this.#now = end;
        return;
      }
      const event = pop(this.#heap);
      if (event.run === null) continue;
      this.#now = event.at;
      this.#happened += 1;
      event.run();
      // Whoever waited for this goes on, as far as it can without waiting again, before anything else happens.
      await turn();
    }
  }
}

/** Node runs what was put off to the next tick once no microtask is left, and looks at no socket in between. */
const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.place < b.place);

function push(heap: Event[], event: Event): void {
  let index = heap.push(event) - 1;
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above] as Event;
    if (!isBefore(event, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = event;
}

/** Of a heap that is not empty. */
function pop(heap: Event[]): Event {
  const top = heap[0] as Event;
  const last = heap.pop() as Event;
  if (heap.length === 0) return top;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const right = left + 1;
    let least = last;
    let at = index;
    if (left < heap.length && isBefore(heap[left] as Event, least)) [least, at] = [heap[left] as Event, left];
    if (right < heap.length && isBefore(heap[right] as Event, least)) [least, at] = [heap[right] as Event, right];
    if (at === index) break;
    heap[index] = least;
    index = at;
  }
  heap[index] = last;
  return top;
}
