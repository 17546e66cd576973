import { BLOCKS } from './blocks.ts';
import type { Block, ContactDocument, Kept } from './document.ts';
import { CUT, type Format, type Omission } from './format.ts';

/** What there is to write, but for how much of it. */
export interface Sheet {
  readonly format: Format;
  readonly fence: string;
  readonly contacts: readonly ContactDocument[];
}

/** The text with what is kept of each block. */
export function render({ format, fence, contacts }: Sheet, kept: Kept, omission: Omission | null): string {
  const lines: string[] = [...format.open(fence)];
  for (const [index, { contact_id, blocks }] of contacts.entries()) {
    const units = kept[index];
    if (units === undefined || units.size === 0) continue;
    lines.push(...format.openContact(contact_id, index === 0));
    for (const name of BLOCKS) {
      const block = blocks.get(name);
      const count = units.get(name);
      if (block === undefined || count === undefined) continue;
      // One at a time: a block may have more lines than a call may have arguments.
      for (const line of blockLines(format, block, count)) lines.push(line);
    }
    lines.push(...format.closeContact());
  }
  lines.push(...format.close(fence, omission));
  return lines.join('\n');
}

function* blockLines(format: Format, block: Block, count: number): Generator<string> {
  yield* format.openBlock(block.name);
  let left = count;
  for (const [index, entry] of block.entries.entries()) {
    if (left <= 0) break;
    const parts = entry.parts.slice(0, left).map((part) => format.escape(part));
    const cut = left < entry.parts.length ? CUT : '';
    yield format.begin(entry, index === 0) + parts.join('') + cut + format.end(entry);
    left -= entry.parts.length;
  }
  yield* format.closeBlock(block.name);
}
