/** What the decision tables are written in. */

/** How a system tells what it holds. `ranked`: BigQuery, Supabase, Postgres, SQLite. `plain`: Twenty. */
export type SystemKind = 'ranked' | 'plain';

/** A cell for what cannot come to be, and why. */
export interface Impossible {
  readonly impossible: string;
}

/** A cell that reads differently for each kind of system, and perhaps for BigQuery, which shows the rows of analysts. */
export interface ByKind<Cell> {
  readonly ranked: Cell | Impossible;
  readonly plain: Cell | Impossible;
  readonly canonical?: Cell | Impossible;
}

export type Entry<Cell> = Cell | Impossible | ByKind<Cell>;

export const impossible = (why: string): Impossible => ({ impossible: why });

export const isImpossible = (entry: object): entry is Impossible => 'impossible' in entry;

const isByKind = <Cell extends object>(entry: Entry<Cell>): entry is ByKind<Cell> => 'ranked' in entry;

/** What an entry says of one kind of system. */
export const cellFor = <Cell extends object>(entry: Entry<Cell>, kind: SystemKind | 'canonical'): Cell | Impossible => {
  if (!isByKind(entry)) return entry;
  return kind === 'canonical' ? (entry.canonical ?? entry.ranked) : entry[kind];
};

/** The keys of a total record, in the order they were written in. */
export const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] =>
  // Object.keys forgets that a record has these keys and no others.
  Object.keys(record) as Key[];
