import { BLOCKS } from './blocks.ts';
import { type ContactDocument, keptOf, type Unit, unitsOf } from './document.ts';
import { BudgetTooSmallError, PromptOptionError } from './errors.ts';
import { CUT, type Omission } from './format.ts';
import { render, type Sheet } from './render.ts';
import type { CountTokens } from './tokens.ts';

/** Trusted text around the data, which counts into the budget and is never cut. */
export interface Surroundings {
  readonly system: string | null;
  /** Ends in a line feed, or is empty. */
  readonly preamble: string;
}

export interface Fitted {
  /** The data in its fence. */
  readonly text: string;
  /** Tokens of everything: the system part, and the preamble with the text. */
  readonly tokens: number;
  /** How many units are kept, the most important ones. */
  readonly units: number;
}

/**
 * As many units as fit, from the most important on.
 *
 * Line by line the counts add up to that of the whole (tokenizers end a piece at a line feed, and begin one at a blank),
 * so nothing is counted twice to find the cut, and nothing that lies far behind it at all. What is found is then counted
 * as a whole, and made shorter should an odd counter want more. The answer is the largest number of units for which both
 * counts are within the budget. A larger budget allows all numbers that a smaller one does, so it never keeps less.
 *
 * @param least 1 where at least the first unit must be shown, else 0
 * @throws {BudgetTooSmallError} when not even that fits
 */
export function fit(sheet: Sheet, around: Surroundings, count: CountTokens, budget: number, least: 0 | 1): Fitted {
  const counted = checked(count);
  const { contacts } = sheet;
  const total = contacts.reduce(
    (sum, { blocks }) => sum + [...blocks.values()].reduce((all, { total }) => all + total, 0),
    0,
  );
  const shown = (units: number): Fitted => {
    const text = render(sheet, keptOf(contacts, units), omissionOf(contacts, units, total));
    const system = around.system === null ? 0 : counted(around.system);
    return { text, tokens: system + counted(around.preamble + text), units };
  };
  const costs = costsOf(sheet, around, counted, budget, total);
  for (let units = costs.length - 1; units >= least; units--) {
    if ((costs[units] ?? Infinity) > budget) continue;
    const fitted = shown(units);
    if (fitted.tokens <= budget) return fitted;
  }
  const minimum = Math.min(least, total);
  throw new BudgetTooSmallError(budget, Math.max(costs[minimum] ?? 0, shown(minimum).tokens));
}

/** The estimated count of the whole for 0, 1, 2 … units, up to where more cannot fit; two at least where there are. */
function costsOf(
  sheet: Sheet,
  around: Surroundings,
  count: CountTokens,
  budget: number,
  total: number,
): readonly number[] {
  const { format, fence, contacts } = sheet;
  const lines = lineCounter(count);
  // The last line of all has no line feed.
  const lastLines = (omission: Omission | null) => {
    const close = format.close(fence, omission);
    return lines(close.slice(0, -1)) + count(close.at(-1) ?? '');
  };
  const end = lastLines(null);
  // One number for every cut: all that the notice of it may be, at its longest.
  const endOfCut = Math.max(...BLOCKS.map((from) => lastLines({ parts: total, contacts: contacts.length, from })));
  let solid = (around.system === null ? 0 : count(around.system)) + count(around.preamble) + lines(format.open(fence));
  const costs = [solid + (total === 0 ? end : endOfCut)];
  for (const unit of unitsOf(contacts)) {
    const { whole, ifCutHere } = unitCost(sheet, unit, lines, count);
    solid += whole;
    const units = costs.push(solid + ifCutHere + endOfCut) - 1;
    if (units === total) costs[units] = solid + end;
    // What is left of this one is no more than what is still to come: nothing behind it can fit.
    if (solid > budget) break;
  }
  return costs;
}

/** What one unit adds, with the lines around it when it is the first of its block or contact. */
function unitCost({ format, contacts }: Sheet, unit: Unit, lines: LineCounter, count: CountTokens) {
  const { contact, block, entry: index, part } = unit;
  const entry = block.entries[index];
  const text = entry?.parts[part];
  if (entry === undefined || text === undefined) throw new RangeError('a unit of this document');
  let whole = 0;
  if (index === 0 && part === 0) {
    whole += lines(format.openBlock(block.name)) + lines(format.closeBlock(block.name));
    if (block.name === BLOCKS[0])
      whole +=
        lines(format.openContact(contacts[contact]?.contact_id ?? '', contact === 0)) + lines(format.closeContact());
  }
  const isLast = part === entry.parts.length - 1;
  const before = part === 0 ? format.begin(entry, index === 0) : '';
  const here = before + format.escape(text) + (isLast ? `${format.end(entry)}\n` : '');
  const previous = entry.parts[part - 1];
  if (previous === undefined || text.startsWith(' ')) whole += count(here);
  else {
    // Without a blank between them (Chinese, Japanese) the last piece of one may take in the first of the other.
    const escaped = format.escape(previous);
    whole += Math.max(0, count(escaped + here) - count(escaped));
  }
  return { whole, ifCutHere: isLast ? 0 : count(`${CUT}${format.end(entry)}\n`) };
}

function omissionOf(contacts: readonly ContactDocument[], units: number, total: number): Omission | null {
  if (units >= total) return null;
  let passed = 0;
  for (const from of BLOCKS) {
    passed += contacts.reduce((sum, { blocks }) => sum + (blocks.get(from)?.total ?? 0), 0);
    if (passed > units) {
      const empty = keptOf(contacts, units).filter((kept) => kept.size === 0).length;
      return { parts: total - units, contacts: empty, from };
    }
  }
  return null;
}

type LineCounter = (lines: readonly string[]) => number;

/** Counts lines with their line feeds; the lines around contacts and blocks come again and again. */
function lineCounter(count: CountTokens): LineCounter {
  const known = new Map<string, number>();
  return (lines) =>
    lines.reduce((sum, line) => {
      const tokens = known.get(line) ?? count(`${line}\n`);
      known.set(line, tokens);
      return sum + tokens;
    }, 0);
}

/** A counter that answers `NaN` would make everything fit. */
const checked =
  (count: CountTokens): CountTokens =>
  (text) => {
    const tokens = count(text);
    if (Number.isFinite(tokens) && tokens >= 0) return tokens;
    throw new PromptOptionError(
      'INVALID_COUNTER',
      'countTokens returned no number of tokens',
      'Let countTokens return a finite number that is not negative, for any text and at once (no promise).',
    );
  };
