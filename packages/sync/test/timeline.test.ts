/** What happened to a contact, as people read it. */
import { type ContactId, type Content, contentHash, timestamp } from '@contact-sync/contact';
import { expect, it } from 'vitest';
import type { ConflictEvent, KnownVersion, TimelineFact } from '../src/index.ts';
import { timelineItem } from '../src/operators/timeline.ts';

const at = '2026-11-22T12:00:01.000000+00:00';
const rank = { version: 2, last_updated: timestamp('2026-11-22T12:00:00Z') };
const versionOf = (content: Content | null): KnownVersion => ({
  ...rank,
  contact_id: '7' as ContactId,
  last_updated_by: 'ann',
  content,
  content_hash: contentHash(content),
  status: 'accepted',
  source: 'local',
  recorded_at: rank.last_updated,
  appended: true,
});
const ada: Content = { canonical_name: 'Ada', job_title: 'Analyst' };
const told = (content: Content | null, before: Content | null) =>
  timelineItem({
    at,
    kind: 'version',
    version: versionOf(content),
    before: before && versionOf(before),
    appended_at: null,
  });

it('a version tells what it changed, and nothing of what it left', () => {
  const item = told({ ...ada, job_title: 'Countess' }, ada);
  expect(item).toEqual({
    ...{ at, kind: 'version', ...rank, last_updated_by: 'ann', status: 'accepted', source: 'local' },
    content_hash: contentHash({ ...ada, job_title: 'Countess' }),
    deleted: false,
    appended_at: null,
    differences: [{ field: 'job_title', a: 'Analyst', b: 'Countess' }],
  });
});

it('the first version changed everything that it has, and a deletion took everything out', () => {
  const all = (item: unknown) => item;
  expect(all(told(ada, null))).toMatchObject({
    differences: [{ field: 'canonical_name', a: undefined }, { field: 'job_title' }],
  });
  expect(all(told(null, ada))).toMatchObject({
    deleted: true,
    differences: [{ field: 'canonical_name', b: undefined }, {}],
  });
});

it('an event of a conflict tells how many candidates there are, and nothing that they hold', () => {
  const candidate = {
    system: null,
    record_id: null,
    content: ada,
    content_hash: contentHash(ada),
    last_updated_by: 'ann',
  };
  const event: ConflictEvent = {
    ...rank,
    event_id: '7-2:1',
    conflict_id: '7-2',
    contact_id: '7' as ContactId,
    event: 'resolved',
    candidates: [candidate, candidate],
    chosen: contentHash(ada),
    by: 'bob',
    recorded_at: rank.last_updated,
  };
  expect(timelineItem({ at, kind: 'conflict', event })).toEqual({
    ...{ at, kind: 'conflict', conflict_id: '7-2', event: 'resolved', version: 2, candidates: 2, by: 'bob' },
  });
});

it('everything else is told as it is kept', () => {
  const receipt = {
    contact_id: '7' as ContactId,
    target: 'local',
    version: 2,
    content_hash: contentHash(ada),
    at,
    last_at: at,
    waited_ms: 5,
  } as const;
  const fact: TimelineFact = { at, kind: 'receipt', receipt };
  expect(timelineItem(fact)).toBe(fact);
});
