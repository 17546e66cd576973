/** Each cell of the table of conflicts: edits by `decide`, what people do by `resolveConflict` and `decree`. */
import { contentHash } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import {
  CONFLICT,
  CONFLICT_CAUSES,
  type ConflictCause,
  type ConflictCell,
  type ConflictState,
} from '../spec/conflict.ts';
import type { Observation } from '../spec/ingest.ts';
import { isImpossible, keysOf } from '../spec/words.ts';
import {
  behindOf,
  type Choice,
  type ContactCommit,
  type ContactState,
  decide,
  decree,
  type Parts,
  resolveConflict,
} from '../src/index.ts';
import { around, build, CannotBe, NOW } from './ingest-cases.ts';

type Column = Record<ConflictState, 'live' | 'tied'>;
const COLUMN: Column = { none: 'live', open: 'tied' };

interface Came {
  readonly before: ContactState;
  readonly after: ContactState;
  readonly commit: ContactCommit | null;
  readonly error?: unknown;
}

function edit(observation: Observation, state: ConflictState): Came {
  const { state: before, record } = build(observation, COLUMN[state], 'supabase');
  const { commit, state: after } = decide(before, [], record, around('supabase'));
  return { before, after, commit };
}

async function person(state: ConflictState, choose: (open: ContactState) => Choice): Promise<Came> {
  const { state: before } = build('as_head', COLUMN[state], 'supabase');
  const commits: ContactCommit[] = [];
  const sent: unknown[] = [];
  const nothing = async () => {};
  // What resolving asks of the ledger and the queues, and no more.
  const parts = {
    ambient: { now: () => Date.parse(NOW), random: () => 0 },
    ledger: {
      conflicts: async () => (before.conflict === null ? [] : [before.conflict]),
      contacts: async () => new Map([[before.contact_id, before]]),
      commit: async (all: readonly ContactCommit[]) => {
        commits.push(...all);
        return { lost: new Set(), letters: [], overtaken: [] };
      },
      markAppended: nothing,
    },
    canonical: { append: nothing, appendConflicts: nothing },
    queues: { hideConflicts: nothing, propagate: async (...job: unknown[]) => void sent.push(job) },
  } as unknown as Parts;
  try {
    await resolveConflict(parts, before.conflict?.conflict_id ?? 'closed', choose(before), 'operator');
  } catch (error) {
    return { before, after: before, commit: null, error };
  }
  const [commit] = commits;
  if (commit?.head === null || commit === undefined) throw new Error('nothing was committed');
  expect(sent.length).toBeGreaterThan(0);
  return { before, after: { ...before, head: commit.head, conflict: null }, commit };
}

const nobodys = contentHash({ canonical_name: 'nobody’s' });

const cause: Readonly<Record<ConflictCause, (state: ConflictState) => Came | Promise<Came>>> = {
  new_candidate: (state) => edit('tie', state),
  known_candidate: (state) => edit('candidate_again', state),
  heads_content: (state) => edit('raised', state),
  stale_edit: (state) => edit('earlier', state),
  later_edit: (state) => edit('later', state),
  chosen: (state) => person(state, ({ conflict }) => ({ candidate: conflict?.candidates[1]?.content_hash ?? nobodys })),
  merged: (state) => person(state, () => ({ content: { canonical_name: 'Ada', job_title: 'merged' } })),
  no_candidate: (state) => person(state, () => ({ candidate: nobodys })),
  decreed: (state) => {
    const { state: before } = build('as_head', COLUMN[state], 'supabase');
    const { commit, state: after } = decree(before, { canonical_name: 'Ada' }, 'operator', NOW);
    return { before, after, commit };
  },
};

describe.each<ConflictState>(['none', 'open'])('a contact whose conflict is: %s', (state) => {
  it.each(keysOf(CONFLICT_CAUSES))('%s', async (name) => {
    const cell = CONFLICT[name][state];
    if (isImpossible(cell)) expect(() => cause[name](state)).toThrow(CannotBe);
    else check(await cause[name](state), cell);
  });
});

function check({ before, after, commit, error }: Came, cell: ConflictCell): void {
  expect(error).toEqual(cell.error === undefined ? undefined : expect.objectContaining({ code: cell.error }));
  expect(commit?.events.map(({ event }) => event) ?? []).toEqual(cell.event === null ? [] : [cell.event]);
  expect((commit?.head ?? null) !== null).toBe(cell.head === 'moves');
  expect(after.conflict !== null).toBe(cell.becomes === 'open');
  const isClosed = cell.becomes === 'resolved' || cell.becomes === 'superseded';
  expect(commit?.closed ?? []).toMatchObject(isClosed ? [{ status: cell.becomes }] : []);
  const behind = Object.values(behindOf([after])).flat();
  expect(behind.length > 0).toBe(cell.sent === 'who is behind');

  const [, ...rivals] = before.conflict?.candidates ?? [];
  const hashes = (commit?.history ?? [])
    .filter(({ status }) => status === 'superseded')
    .map(({ content_hash }) => content_hash);
  if (cell.candidates === 'in history') for (const { content_hash } of rivals) expect(hashes).toContain(content_hash);
  const count = { two: 2, 'one more': rivals.length + 2, 'as before': rivals.length + 1, 'in history': 0, none: 0 };
  expect(after.conflict?.candidates.length ?? 0).toBe(count[cell.candidates]);
}
