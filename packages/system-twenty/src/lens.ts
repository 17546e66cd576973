import {
  type Content,
  canonicalJson,
  type Fields,
  type Json,
  type Lens,
  lensOf,
  type Part,
  parseContent,
} from '@contact-sync/contact';
import type { CompleteMapping } from './mapping.ts';
import { type MappedPart, partsOf } from './parts.ts';
import { noteFor, noteOf, readableBy, readNote, UNWRITTEN, type Written } from './written.ts';

/** Between a contact and a person of Twenty. */
export interface PersonLens extends Lens {
  /** @param fields of the record that stood for `stood`, which may have been written under another mapping */
  over(stood: Content, latest: Content, fields?: Fields): Content;
  /**
   * What has to be written so that the record stands for the content: parts that already do are left alone, so that a
   * write disturbs neither a user who edits another field meanwhile nor what the hub does not know (labels, more links).
   */
  changesFor(fields: Fields, content: Content): Fields;
  /** The note that goes with whatever is written. @param fields of the record that stands there, `null` for a new one */
  note(fields: Fields | null): Fields;
  /** False when the record was written under another mapping, or lacks a field. */
  isCurrent(fields: Fields): boolean;
}

/**
 * Fields without a note are read by the mapping itself: those of a person that was born in Twenty, and those that the
 * lens has just made.
 */
export function createLens(mapping: CompleteMapping): PersonLens {
  const current = mapping.fields;
  const noteField = mapping.sync.mapping;
  const all = partsOf(current);
  const whole = lensFrom(all);

  const writtenOf = (fields: Fields): Written => {
    const note = fields[noteField];
    if (note === undefined) return { fields: current, left: {} };
    return readNote(note) ?? UNWRITTEN;
  };
  const mapOf = (fields: Fields) => readableBy(current, writtenOf(fields), fields);
  const reading = (fields: Fields): Lens => lensFrom(partsOf(mapOf(fields)));
  const note = (fields: Fields | null): Json =>
    noteOf(fields === null ? { fields: current, left: {} } : noteFor(current, fields, writtenOf(fields)));

  return {
    holds: whole.holds,
    toRecord: whole.toRecord,
    same: (fields, content) => reading(fields).same(fields, content),
    fromRecord: (fields, base) => reading(fields).fromRecord(fields, base),
    over: (stood, latest, fields) => (fields === undefined ? whole : reading(fields)).over(stood, latest),

    changesFor(fields, content) {
      const map = mapOf(fields);
      const stands = (part: MappedPart) =>
        part.entries.every((entry) => map[entry] === current[entry]) && standsIn(part, fields, content);
      return Object.assign({}, ...all.filter((part) => !stands(part)).map((part) => part.write(content)));
    },

    note: (fields) => ({ [noteField]: note(fields) }),

    isCurrent: (fields) =>
      Object.values(current).every((name) => name === null || Object.hasOwn(fields, name)) &&
      canonicalJson(fields[noteField] ?? null) === canonicalJson(note(fields)),
  };
}

/** A lens that takes what the system spells unlike the hub for what it means. */
function lensFrom(parts: readonly MappedPart[]): Lens {
  const exact = lensOf(parts);
  return {
    ...exact,
    same: (fields, content) => parts.every((part) => standsFor(part, fields, content)),
    over(stood, latest) {
      // What looks alike in Twenty differs only in what it does not hold.
      const alike = parts.filter(
        (part) => canonicalJson(part.expected(stood)) === canonicalJson(part.expected(latest)),
      );
      const asLatest = new Set<string>(alike.flatMap((part) => part.content));
      const differing = Object.entries(exact.over(stood, latest)).filter(([field]) => !asLatest.has(field));
      const same = Object.entries(latest).filter(([field]) => asLatest.has(field));
      // Each part's fields are those of a valid content, or put together by it.
      return Object.fromEntries([...differing, ...same].filter(([, value]) => value !== undefined)) as Content;
    },
  };
}

/**
 * Also true when the record's side is spelled unlike what would be written, yet means this very content: else such a
 * record would count as edited for ever.
 */
function standsFor(part: Part, fields: Fields, content: Content): boolean {
  if (isExact(part, fields, content)) return true;
  const meant = parseContent({ ...content, ...emptied(part), ...part.put(fields, content) });
  return meant.ok && canonicalJson(meant.content as Json) === canonicalJson(content as Json);
}

const emptied = (part: Part) => Object.fromEntries(part.content.map((field) => [field, undefined]));

/** An emptied name stands for any, but has to be written again. */
const standsIn = (part: MappedPart, fields: Fields, content: Content): boolean =>
  part.entries.includes('canonical_name') ? isExact(part, fields, content) : standsFor(part, fields, content);

const isExact = (part: Part, fields: Fields, content: Content): boolean =>
  canonicalJson(part.read(fields)) === canonicalJson(part.expected(content));
