/** What becomes of a conflict. `test/conflict-table.test.ts` runs each cell. */
import type { ConflictEvent } from '../src/index.ts';
import { type Impossible, impossible } from './words.ts';

/** Of a contact with a live head. */
export type ConflictState = 'none' | 'open';

export type ConflictCause =
  | 'new_candidate'
  | 'known_candidate'
  | 'heads_content'
  | 'stale_edit'
  | 'later_edit'
  | 'chosen'
  | 'merged'
  | 'no_candidate'
  | 'decreed';

export const CONFLICT_CAUSES: Readonly<Record<ConflictCause, string>> = {
  new_candidate: 'an edit of exactly the head’s rank, other content',
  known_candidate: 'the same again, from any system',
  heads_content: 'an edit that says what the head says',
  stale_edit: 'an edit that ranks below the head',
  later_edit: 'an edit that ranks above the head',
  chosen: 'a person chooses a candidate',
  merged: 'a person writes a content',
  no_candidate: 'a person chooses what is no candidate',
  decreed: 'a new version is made in the hub (a restore)',
};

export interface ConflictCell {
  readonly becomes: 'none' | 'open' | 'resolved' | 'superseded';
  /** What `sync_conflicts` is told. */
  readonly event: ConflictEvent['event'] | null;
  readonly candidates: 'two' | 'one more' | 'as before' | 'in history' | 'none';
  readonly head: 'stays' | 'moves';
  /** Who is sent the head: while a conflict is open nobody. */
  readonly sent: 'who is behind' | 'nobody';
  /** What the person is told instead. */
  readonly error?: 'CONFLICT_CLOSED' | 'NO_SUCH_CANDIDATE';
}

const quiet: ConflictCell = { becomes: 'none', event: null, candidates: 'none', head: 'stays', sent: 'who is behind' };
const held: ConflictCell = { becomes: 'open', event: null, candidates: 'as before', head: 'stays', sent: 'nobody' };
const moves: ConflictCell = { ...quiet, head: 'moves' };
const over: ConflictCell = { ...moves, becomes: 'superseded', event: 'superseded', candidates: 'in history' };
const decided: ConflictCell = { ...over, becomes: 'resolved', event: 'resolved' };
const closed: ConflictCell = { ...quiet, error: 'CONFLICT_CLOSED' };

export const CONFLICT: Readonly<Record<ConflictCause, Readonly<Record<ConflictState, ConflictCell | Impossible>>>> = {
  new_candidate: {
    none: { ...held, event: 'opened', candidates: 'two' },
    open: { ...held, event: 'candidate_added', candidates: 'one more' },
  },
  known_candidate: { none: impossible('candidates are known only while a conflict is open'), open: held },
  heads_content: { none: quiet, open: held },
  stale_edit: { none: quiet, open: held },
  later_edit: { none: moves, open: over },
  chosen: { none: closed, open: decided },
  merged: { none: closed, open: decided },
  no_candidate: { none: closed, open: { ...held, error: 'NO_SUCH_CANDIDATE' } },
  decreed: { none: moves, open: decided },
};
