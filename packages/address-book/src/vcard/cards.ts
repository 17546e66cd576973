import { Collector } from '../collector.ts';
import { Draft } from '../draft.ts';
import { type Refused, refused } from '../entry.ts';
import { MAX_RECORD_BYTES } from '../limits.ts';
import { TECHNICAL, WANTED } from './known.ts';
import type { Line } from './lines.ts';

/** One property as bytes, unfolded. */
export interface RawProperty {
  readonly line: number;
  /** In small letters, without its group. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** A whole card: its wanted properties, and a draft that knows what was left out and what is wrong so far. */
export interface Card {
  readonly kind: 'card';
  readonly properties: readonly RawProperty[];
  readonly draft: Draft;
}

/** The property that is being read. */
interface Current {
  readonly line: number;
  readonly name: string;
  /** `null` for one that nobody wants: it is passed over, however long. */
  readonly collector: Collector | null;
  readonly isQuotedPrintable: boolean;
  /** The next line goes on with it, whatever it begins with. */
  isOpen: boolean;
}

/** What a property takes beside its bytes: millions of empty ones are too large a card, too. */
const PROPERTY_BYTES = 64;
const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;
const FRAME = /^(begin|end)[ \t]*:[ \t]*vcard[ \t]*$/i;
const NAME = /^(?:[\w-]+\.)?([\w-]+)[ \t]*[:;]/;

/**
 * Puts lines together to cards. Photos and all else that is not wanted are passed over unread; a broken card is refused,
 * and the next one begins at the next BEGIN.
 */
export class CardCutter {
  #draft: Draft | null = null;
  #properties: RawProperty[] = [];
  #current: Current | null = null;
  #size = 0;
  #isStray = false;

  /** What this line completes. */
  push(line: Line): Card | Refused | null {
    if (line.bytes.length === 0 && !line.isTooLarge) {
      if (this.#current) this.#current.isOpen = false;
      return null;
    }
    const isFrame = !line.isTooLarge && line.bytes.length < 40 ? FRAME.exec(line.bytes.toString('latin1')) : null;
    const frame = isFrame?.[1]?.toLowerCase();
    if (frame === 'begin') {
      const broken = this.#broken('another card begins before its END:VCARD');
      this.#begin(new Draft(line.line));
      return broken;
    }
    if (!this.#draft) {
      if (this.#isStray) return null;
      this.#isStray = true;
      return refused(line.line, 'BROKEN', 'what stands here is in no card: there is no BEGIN:VCARD before it');
    }
    if (frame !== 'end') {
      this.#inside(line, this.#draft);
      return null;
    }
    this.#close();
    const card: Card = { kind: 'card', properties: this.#properties, draft: this.#draft };
    this.#begin(null);
    return card;
  }

  /** What is left open at the end of the file. */
  end(): Refused | null {
    return this.#broken('the file ends before its END:VCARD');
  }

  #begin(draft: Draft | null): void {
    this.#draft = draft;
    this.#properties = [];
    this.#current = null;
    this.#size = 0;
    this.#isStray = false;
  }

  #broken(why: string): Refused | null {
    return this.#draft && refused(this.#draft.line, 'BROKEN', why);
  }

  #inside(line: Line, draft: Draft): void {
    const [first] = line.start;
    const isFolded = first === SPACE || first === TAB;
    const current = this.#current;
    if (current && (isFolded || current.isOpen)) this.#goOn(current, line, isFolded && !current.isOpen, draft);
    else this.#next(line, draft);
  }

  #next(line: Line, draft: Draft): void {
    const start = line.start.toString('latin1');
    const [, written] = NAME.exec(start) ?? [];
    // Old programs write base64 in lines of its own, which begin with no blank. It has no colon.
    if (written === undefined && this.#current?.collector === null && !start.includes(':')) return;
    this.#close();
    if (written === undefined) {
      draft.tell('BROKEN', '', `line ${line.line} is no property`);
      return;
    }
    const name = written.toLowerCase();
    const isWanted = WANTED.has(name);
    if (!isWanted && !TECHNICAL.has(name)) draft.leftOut.add(name.toUpperCase());
    const isQuotedPrintable = /^[^:]*quoted-printable/i.test(start);
    this.#size += PROPERTY_BYTES;
    const collector = isWanted ? new Collector() : null;
    this.#current = { line: line.line, name, collector, isQuotedPrintable, isOpen: false };
    this.#goOn(this.#current, line, false, draft);
  }

  #goOn(current: Current, line: Line, isFolded: boolean, draft: Draft): void {
    const { collector } = current;
    const bytes = isFolded ? line.bytes.subarray(1) : line.bytes;
    current.isOpen = current.isQuotedPrintable && bytes.at(-1) === EQUALS;
    if (!collector) return;
    this.#size += line.isTooLarge ? MAX_RECORD_BYTES + 1 : bytes.length;
    if (this.#size > MAX_RECORD_BYTES) {
      draft.tell('TOO_LARGE', '', 'the card is too large');
      this.#properties = [];
      return;
    }
    // The sign says only that the line goes on.
    collector.add(current.isOpen ? bytes.subarray(0, -1) : bytes);
  }

  #close(): void {
    const { collector, line, name } = this.#current ?? {};
    if (collector && line !== undefined && name !== undefined && this.#size <= MAX_RECORD_BYTES)
      this.#properties.push({ line, name, bytes: collector.take() });
    this.#current = null;
  }
}
