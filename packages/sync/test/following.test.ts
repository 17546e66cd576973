import { type ContactId, type ContentHash, timestamp } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import { isBehind, type Version } from '../src/index.ts';

const [one, other] = ['a', 'b'].map((letter) => letter.repeat(64) as ContentHash) as [ContentHash, ContentHash];
const head: Version = {
  contact_id: '1' as ContactId,
  version: 3,
  last_updated: timestamp('2026-01-01T00:00:00Z'),
  last_updated_by: 'somebody',
  content: { canonical_name: 'Ada' },
  content_hash: one,
};

describe('a target is behind', () => {
  it.each([
    ['that holds nothing', head, undefined, true],
    ['that holds another content, whatever its number', head, { version: 9, content_hash: other }, true],
    ['that holds the content under a lower number', head, { version: 2, content_hash: one }, true],
    ['that holds the head: not', head, { version: 3, content_hash: one }, false],
    ['that holds the content under a higher number: not', head, { version: 4, content_hash: one }, false],
    ['that is not known to have had what was deleted', { ...head, content: null }, undefined, true],
  ])('%s', (_, version, held, expected) => {
    expect(isBehind(version, held)).toBe(expected);
  });
});
