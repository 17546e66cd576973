/** What gpt-tokenizer's tables hold: at each rank the text of a token, or its bytes where they are no text. */
type Ranks = readonly (string | readonly number[])[];

/**
 * How many tokens byte-pair encoding makes of one piece of text: of all pairs of neighbours the one of lowest rank is
 * merged first, the leftmost of equal ones, until no pair is a token. With a heap over the pairs, so that a long piece
 * takes time in n log n.
 *
 * @param piece as the encoding's own pattern cuts it
 */
export function countMerged(piece: string, ranks: Ranks): number {
  const rankOf = tableOf(ranks);
  // One character for each byte, so that a slice is a key.
  const bytes = latin1(piece);
  const length = bytes.length;
  const next = Int32Array.from({ length: length + 1 }, (_, index) => index + 1);
  const previous = Int32Array.from({ length: length + 1 }, (_, index) => index - 1);
  const end = (start: number): number => next[start] ?? length;
  /** The rank of the pair that begins at each byte; −1 where there is none, or no part begins any more. */
  const pair = new Int32Array(length).fill(-1);
  const heap = new Heap();

  const look = (start: number): void => {
    const middle = end(start);
    const rank = middle >= length ? undefined : rankOf.get(bytes.slice(start, end(middle)));
    pair[start] = rank ?? -1;
    if (rank !== undefined) heap.push(rank * POSITIONS + start);
  };
  for (let start = 0; start < length; start++) look(start);

  let parts = length;
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const start = top % POSITIONS;
    if (pair[start] !== Math.floor(top / POSITIONS)) continue;
    const gone = end(start);
    const after = end(gone);
    next[start] = after;
    previous[after] = start;
    pair[gone] = -1;
    parts--;
    look(start);
    const before = previous[start] ?? -1;
    if (before >= 0) look(before);
  }
  return parts;
}

/** Above any offset in a piece; times the highest rank still a whole number that doubles hold. */
const POSITIONS = 2 ** 32;

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const tables = new WeakMap<Ranks, ReadonlyMap<string, number>>();

/** Made when a long piece first turns up: most texts have none. */
function tableOf(ranks: Ranks): ReadonlyMap<string, number> {
  const made = tables.get(ranks);
  if (made !== undefined) return made;
  const table = new Map<string, number>();
  // The tables have holes, which forEach passes over.
  ranks.forEach((token, rank) => {
    table.set(typeof token === 'string' ? latin1(token) : String.fromCharCode(...token), rank);
  });
  tables.set(ranks, table);
  return table;
}

/** Smallest first. */
class Heap {
  readonly #items: number[] = [];

  push(item: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (above === undefined || above <= item) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = (items[right] ?? Infinity) < (items[left] ?? Infinity) ? right : left;
      const below = items[child];
      if (below === undefined || below >= last) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
