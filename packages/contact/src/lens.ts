import type { Content, ContentField } from './content.ts';
import { canonicalJson, type Json } from './json.ts';

/** A contact's fields as one system spells them; opaque to everyone but that system's lens. */
export type Fields = Readonly<Record<string, Json>>;

/**
 * Between content and one system's fields. Laws, for every valid content `c` and any fields `f`:
 * `fromRecord(toRecord(c), c)` equals `c`, and `fromRecord(f, c)` keeps from `c` what the system cannot hold.
 */
export interface Lens {
  /** What a record that stands for the content is written with, in the spelling of the system. */
  toRecord(content: Content): Fields;
  /**
   * What somebody now means by these fields, where the record last stood for `base`: a part that is unchanged, in the
   * system's own spelling, keeps the base's exact value, and so does one whose fields are not there at all. Not
   * validated: pass it to `parseContent`.
   *
   * @param base `null` for a record that has never stood for a known version
   */
  fromRecord(fields: Fields, base: Content | null): unknown;
  /** True when the fields are what `toRecord(content)` would have written, as far as the system can tell. */
  same(fields: Fields, content: Content): boolean;
  /**
   * What a record that stood for `stood` stands for, now that the head is `latest`: `stood` in all that the system can
   * hold, `latest` in the rest, however old the record is. The base of an edit: nobody edited there what is not held.
   *
   * @param fields the record, for a system where it depends on it what it holds
   */
  over(stood: Content, latest: Content, fields?: Fields): Content;
  /** The fields of a content that the system can hold, wholly or in part; the others always come from the base. */
  readonly holds: ReadonlySet<ContentField>;
}

/** One part of a lens: the content fields that are read and written together, and how. */
export interface Part {
  readonly content: readonly ContentField[];
  /** The record's side of it, in one spelling for what the system regards as equal. */
  read(fields: Fields): Json;
  /** What the record will hold, spelled exactly as {@link read} will return it. */
  expected(content: Content): Json;
  write(content: Content): Fields;
  /** The record holds some of what these fields hold, as the first of a list: {@link put} takes the rest from its base. */
  readonly partial?: true;
  /** New values of this part's content fields, after the record's side was edited. */
  put(fields: Fields, base: Content | null): Partial<Record<ContentField, unknown>>;
}

/** A lens out of parts that do not overlap. Both laws hold if each part's `read(write(c))` equals its `expected(c)`. */
export function lensOf(parts: readonly Part[]): Lens {
  const unedited = (part: Part, fields: Fields, content: Content) =>
    canonicalJson(part.read(fields)) === canonicalJson(part.expected(content)) || isSilent(part, fields, content);
  return {
    holds: new Set(parts.flatMap((part) => part.content)),
    toRecord: (content) => Object.assign({}, ...parts.map((part) => part.write(content))),
    same: (fields, content) => parts.every((part) => unedited(part, fields, content)),
    over(stood, latest, fields) {
      const result: Partial<Record<ContentField, unknown>> = { ...latest };
      for (const part of parts) {
        if (fields !== undefined && isSilent(part, fields, stood)) continue;
        const put = part.partial ? pick({ ...latest, ...part.put(part.write(stood), latest) }, part.content) : null;
        // A part that cannot be put into the head's stays whole: an emptied first, where there are more in the head.
        const value = put !== null && unedited(part, part.write(stood), put) ? put : pick(stood, part.content);
        for (const field of part.content) delete result[field];
        Object.assign(result, value);
      }
      // Each field comes whole from one of two valid contents, or is a list put together from both.
      return result as Content;
    },
    fromRecord(fields, base) {
      const result: Partial<Record<ContentField, unknown>> = { ...base };
      for (const part of parts) {
        if (base !== null && unedited(part, fields, base)) continue;
        for (const field of part.content) delete result[field];
        Object.assign(result, part.put(fields, base));
      }
      return result;
    },
  };
}

/** A record without a part's fields says nothing of it, unlike one in which they are empty. */
const isSilent = (part: Part, fields: Fields, content: Content): boolean =>
  Object.keys(part.write(content)).every((name) => !Object.hasOwn(fields, name));

/** Only these fields; as content it is incomplete, which no part minds that reads these alone. */
const pick = (content: Partial<Record<ContentField, unknown>>, fields: readonly ContentField[]) =>
  Object.fromEntries(fields.flatMap((field) => (field in content ? [[field, content[field]]] : []))) as Content;
