import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Content } from './content.ts';
import { canonicalJson, type Json } from './json.ts';

/** SHA-256 of the RFC 8785 form of a content in normal form, as 64 hexadecimal digits. */
export type ContentHash = string & z.BRAND<'ContentHash'>;

/** A {@link ContentHash} at a border: 64 hexadecimal digits, in small letters. */
export const contentHashSchema = z.custom<ContentHash>(
  (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  'not a SHA-256 in hexadecimal',
);

/** @param content in normal form; `null` is the tombstone, the content of a deleted contact */
export function contentHash(content: Content | null): ContentHash {
  // Content is JSON by construction; its loose objects carry unknown keys, which parseContent let through as JSON only.
  const text = canonicalJson(content as Json);
  return createHash('sha256').update(text).digest('hex') as ContentHash;
}
