import { describe, expect, test } from 'vitest';
import {
  type ConflictDetail,
  canMix,
  choiceOf,
  outcomeOf,
  pickable,
  sidesOf,
  takeAll,
  undecided,
} from '../web/logic/choice.ts';

const HASHES = ['a'.repeat(64), 'b'.repeat(64)] as const;

function conflict(incoming: { canonical_name: string; job_title?: string } | null): ConflictDetail {
  const contents = [{ canonical_name: 'Ada', job_title: 'Writer' }, incoming];
  const field = (name: 'canonical_name' | 'job_title', base: string | null) => {
    const values = contents.map((content) => content?.[name] ?? null);
    return {
      field: name,
      base,
      values,
      differs: values[0] !== values[1],
      changed: values.map((value) => value !== base),
    };
  };
  return {
    conflict: {
      conflict_id: '7-2',
      contact_id: '7',
      canonical_name: 'Ada',
      version: 2,
      last_updated: '2026-01-01T00:00:00.000000Z',
      candidates: contents.map((content, index) => ({
        system: 'supabase',
        record_id: '1',
        content,
        content_hash: HASHES[index] ?? '',
        last_updated_by: 'ann',
      })),
      events: 1,
      status: 'open',
      opened_at: '2026-01-01T00:00:00Z',
      closed_at: null,
      closed_by: null,
      chosen: null,
    },
    base: {
      version: 1,
      last_updated: '2026-01-01T00:00:00.000000Z',
      last_updated_by: 'ann',
      content: { canonical_name: 'A.', job_title: 'Poet' },
    },
    fields: [field('canonical_name', 'A.'), field('job_title', 'Poet')],
    actions: [],
  };
}

describe('a choice field by field', () => {
  const detail = conflict({ canonical_name: 'Ada L.', job_title: 'Mathematician' });

  test('is not one before every field that differs is decided', () => {
    expect(undecided(detail, { job_title: 1 })).toEqual(['canonical_name']);
    expect(undecided(detail, takeAll(detail, 1))).toEqual([]);
  });

  test('of one side alone is that candidate, as it is', () => {
    expect(choiceOf(detail, takeAll(detail, 1))).toEqual({ candidate: HASHES[1] });
    expect(choiceOf(detail, takeAll(detail, 0))).toEqual({ candidate: HASHES[0] });
  });

  test('of several names the fields that are not the canonical one’s', () => {
    expect(choiceOf(detail, { canonical_name: 0, job_title: 1 })).toEqual({ fields: { job_title: HASHES[1] } });
    expect(choiceOf(detail, { canonical_name: 'base', job_title: 1 })).toEqual({
      fields: { canonical_name: 'base', job_title: HASHES[1] },
    });
    expect(choiceOf(detail, takeAll(detail, 'base'))).toEqual({
      fields: { canonical_name: 'base', job_title: 'base' },
    });
  });

  test('comes to what is shown before it is confirmed', () => {
    expect(outcomeOf(detail, { canonical_name: 'base', job_title: 0 })).toEqual([
      { field: 'canonical_name', value: 'A.', changes: true },
      { field: 'job_title', value: 'Writer', changes: false },
    ]);
  });
});

describe('a side that deletes', () => {
  const detail = conflict(null);

  test('is taken whole or not at all', () => {
    expect(canMix(detail)).toBe(false);
    expect(sidesOf(detail)).toEqual([0, 1, 'base']);
    expect(pickable(detail)).toEqual([0, 1]);
    expect(choiceOf(detail, takeAll(detail, 1))).toEqual({ candidate: HASHES[1] });
  });

  test('comes to a deletion, and the other side to what it says', () => {
    expect(outcomeOf(detail, takeAll(detail, 1))).toBeNull();
    expect(outcomeOf(detail, takeAll(detail, 0))?.map(({ value }) => value)).toEqual(['Ada', 'Writer']);
  });
});
