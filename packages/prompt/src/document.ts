import { BLOCKS, type BlockName, type ContactFacts } from './blocks.ts';
import { sentences } from './sentences.ts';

/** One line of the text: values that are shown whole, and a last one that may be cut between its parts. */
export interface Entry {
  readonly name: string;
  readonly lead: readonly { readonly key: string; readonly text: string }[];
  readonly key: string;
  /** Joined they are the last value. Each is one unit of what may be kept. */
  readonly parts: readonly [string, ...string[]];
}

export interface Block {
  readonly name: BlockName;
  readonly entries: readonly Entry[];
  /** How many units it has. */
  readonly total: number;
}

/** One contact as it would be shown with room for all of it: its blocks in order, empty ones left out. */
export interface ContactDocument {
  readonly contact_id: string;
  readonly blocks: ReadonlyMap<BlockName, Block>;
}

export function documentOf({ contact_id, facts }: ContactFacts): ContactDocument {
  const blocks = new Map<BlockName, Block>();
  for (const name of BLOCKS) {
    const entries = facts
      .filter(({ block }) => block === name)
      .map((fact): Entry => {
        const { key, text } = fact.values.at(-1) ?? fact.values[0];
        return { name: fact.name, lead: fact.values.slice(0, -1), key, parts: fact.prose ? sentences(text) : [text] };
      });
    if (entries.length > 0)
      blocks.set(name, { name, entries, total: entries.reduce((sum, { parts }) => sum + parts.length, 0) });
  }
  return { contact_id, blocks };
}

/** The least that can be kept or cut: an entry, or one sentence of it. */
export interface Unit {
  /** Places in the contacts, and in the block's entries and the entry's parts. */
  readonly contact: number;
  readonly block: Block;
  readonly entry: number;
  readonly part: number;
}

/**
 * All units, the most important first: block by block, in each the contacts in their order. What is kept is always a
 * beginning of this row, so that a larger budget keeps all that a smaller one does.
 */
export function* unitsOf(contacts: readonly ContactDocument[]): Generator<Unit> {
  for (const name of BLOCKS)
    for (const [contact, { blocks }] of contacts.entries()) {
      const block = blocks.get(name);
      if (block === undefined) continue;
      for (const [entry, { parts }] of block.entries.entries())
        for (const part of parts.keys()) yield { contact, block, entry, part };
    }
}

/** How many units of each block of each contact are kept when the first `count` of all are. */
export type Kept = readonly ReadonlyMap<BlockName, number>[];

export function keptOf(contacts: readonly ContactDocument[], count: number): Kept {
  const kept = contacts.map(() => new Map<BlockName, number>());
  let left = count;
  for (const name of BLOCKS)
    for (const [contact, { blocks }] of contacts.entries()) {
      const units = Math.min(left, blocks.get(name)?.total ?? 0);
      if (units > 0) kept[contact]?.set(name, units);
      left -= units;
    }
  return kept;
}
