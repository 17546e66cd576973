import type { Content, ContentField } from './content.ts';
import { canonicalJson, type Json } from './json.ts';

/** A contact's fields as one system spells them; opaque to everyone but that system's lens. */
export type Fields = Readonly<Record<string, Json>>;

/**
 * Between content and one system's fields. Laws, for every valid content `c` and any fields `f`:
 * `fromRecord(toRecord(c), c)` equals `c`, and `fromRecord(f, c)` keeps from `c` what the system cannot hold.
 */
export interface Lens {
  toRecord(content: Content): Fields;
  /**
   * What somebody now means by these fields, where the record last stood for `base`: a part that is unchanged, in the
   * system's own spelling, keeps the base's exact value. Not validated: pass it to `parseContent`.
   *
   * @param base `null` for a record that has never stood for a known version
   */
  fromRecord(fields: Fields, base: Content | null): unknown;
  /** True when the fields are what `toRecord(content)` would have written, as far as the system can tell. */
  same(fields: Fields, content: Content): boolean;
  /** The fields of a content that the system can hold; the others always come from the base. */
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
  /** New values of this part's content fields, after the record's side was edited. */
  put(fields: Fields, base: Content | null): Partial<Record<ContentField, unknown>>;
}

/** A lens out of parts that do not overlap. Both laws hold if each part's `read(write(c))` equals its `expected(c)`. */
export function lensOf(parts: readonly Part[]): Lens {
  const unedited = (part: Part, fields: Fields, content: Content) =>
    canonicalJson(part.read(fields)) === canonicalJson(part.expected(content));
  return {
    holds: new Set(parts.flatMap((part) => part.content)),
    toRecord: (content) => Object.assign({}, ...parts.map((part) => part.write(content))),
    same: (fields, content) => parts.every((part) => unedited(part, fields, content)),
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
