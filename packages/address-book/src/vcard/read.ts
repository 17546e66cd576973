import type { Found, Refused } from '../entry.ts';
import type { Tally } from '../tally.ts';
import { type Card, CardCutter } from './cards.ts';
import { contactOfCard } from './contact.ts';
import { type Line, LineCutter } from './lines.ts';

/**
 * Reads vCards, one contact each.
 *
 * @param chunks UTF-8
 * @param leftOut takes the properties that no contact has
 */
export async function* readVcard(chunks: AsyncIterable<Buffer>, leftOut: Tally): AsyncGenerator<Found | Refused> {
  const lines = new LineCutter();
  const cards = new CardCutter();
  for await (const chunk of chunks)
    for (const line of lines.push(chunk)) {
      const entry = entryOf(cards.push(line), leftOut);
      if (entry) yield entry;
    }
  for (const entry of rest(lines.end(), cards)) {
    const last = entryOf(entry, leftOut);
    if (last) yield last;
  }
}

function* rest(lines: Iterable<Line>, cards: CardCutter): Generator<Card | Refused | null> {
  for (const line of lines) yield cards.push(line);
  yield cards.end();
}

function entryOf(cut: Card | Refused | null, leftOut: Tally): Found | Refused | null {
  if (cut?.kind !== 'card') return cut;
  const entry = contactOfCard(cut);
  if (entry.kind === 'contact') leftOut.addAll(cut.draft.leftOut);
  return entry;
}
