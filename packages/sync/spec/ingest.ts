/**
 * What ingest decides over one record. A missing cell does not compile; `test/ingest-table.test.ts` builds every cell
 * and runs `decide` on it. Rows: what the record is to its contact. Columns: the contact as the ledger has it.
 */
import type { Outcome, Refusal } from '../src/index.ts';
import { type Entry, type Impossible, impossible } from './words.ts';

/** The contact as the ledger has it. */
export type HeadState = 'none' | 'live' | 'tombstone' | 'tied' | 'tied_tombstone';

export const HEAD_STATES: Readonly<Record<HeadState, string>> = {
  none: 'not known',
  live: 'live head',
  tombstone: 'deleted head',
  tied: 'live head, in conflict',
  tied_tombstone: 'deleted head, in conflict',
};

/**
 * A record relative to its contact. "Edited": it differs from the version whose number it carries. The number of an edit
 * is the one it carries (ranked) or the one after (plain); `higher`, `later`, `earlier`, `tie` and `lower` compare that
 * rank with the head's. Named, complete and valid unless it says otherwise.
 */
export type Observation =
  | 'as_head'
  | 'late'
  | 'late_superseded'
  | 'raised'
  | 'unnamed'
  | 'misnamed'
  | 'higher'
  | 'higher_under_another'
  | 'later'
  | 'earlier'
  | 'tie'
  | 'candidate_again'
  | 'lower'
  | 'deleted_higher'
  | 'deleted_later'
  | 'deleted_earlier'
  | 'deleted_tie'
  | 'deleted_lower'
  | 'taken_back'
  | 'taken_back_late'
  | 'incomplete'
  | 'incomplete_higher'
  | 'incomplete_raised'
  | 'fast_clock'
  | 'fast_clock_lost'
  | 'implausible'
  | 'endless'
  | 'invalid'
  | 'invalid_lower';

export const OBSERVATIONS: Readonly<Record<Observation, string>> = {
  as_head: 'holds the head under its number',
  late: 'holds an older version under its number: a write that came late',
  late_superseded: 'holds content that was superseded under this number: typed anew, later',
  raised: 'holds the head’s content under a higher number: edited and set back',
  unnamed: 'holds the head, and does not yet say whose it is',
  misnamed: 'holds the head, and says it is another contact’s',
  higher: 'edited, higher version',
  higher_under_another: 'edited, higher version, and another system carries a number higher still',
  later: 'edited, equal version, later',
  earlier: 'edited, equal version, earlier',
  tie: 'edited, equal version, same time, new content',
  candidate_again: 'edited, equal version, same time, content of a candidate',
  lower: 'edited, lower version, whenever',
  deleted_higher: 'deleted, higher version',
  deleted_later: 'deleted, equal version, later',
  deleted_earlier: 'deleted, equal version, earlier',
  deleted_tie: 'deleted, equal version, same time',
  deleted_lower: 'deleted, lower version',
  taken_back: 'an edit that became the head is taken back: as before it, and later',
  taken_back_late: 'an edit is taken back after the head went on elsewhere',
  incomplete: 'holds the head but for fields that its system did not hold before',
  incomplete_higher: 'edited, higher version, and lacks such fields',
  incomplete_raised: 'holds the head under a higher number, and lacks such fields',
  fast_clock: 'edited, higher version, by a clock too far ahead',
  fast_clock_lost: 'edited, equal version, by a clock too far ahead, and the head is later than now',
  implausible: 'edited, version too far above the head’s',
  endless: 'edited, a version that leaves no numbers above it',
  invalid: 'edited, higher version, no valid contact',
  invalid_lower: 'edited, lower version, no valid contact',
};

/**
 * What the head becomes: as it is; the record's content under the record's number, under head + 1, or above every number
 * that another system carries; or the head's content again, above the record's number, so that it can be delivered there.
 */
export type HeadBecomes = 'stays' | 'own' | 'next' | 'above' | 'again';

/** Rows of history, in order: `superseded` under the record's number, `rivals` the conflict's candidates, superseded. */
export type HistoryGets = 'accepted' | 'superseded' | 'rivals' | 'again';

/** What the system is then known to hold: the record's content under the number it carries, or under 0 to be sent it. */
export type HeldBecomes = 'carried' | 'zero' | 'unchanged';

export interface Decided {
  readonly outcome: Outcome;
  readonly head: HeadBecomes;
  readonly history: readonly HistoryGets[];
  readonly held: HeldBecomes;
  readonly conflict: 'same' | 'opens' | 'grows' | 'closes';
  /** The code of the dead letter. */
  readonly letter: Refusal['code'] | null;
  /** The time of what was accepted is the hub's own. */
  readonly time?: 'now';
  /** What becomes of it instead when it is replayed out of a dead letter. */
  readonly replayed?: 'superseded';
}

const echo: Decided = { outcome: 'echo', head: 'stays', history: [], held: 'carried', conflict: 'same', letter: null };
const echoUnsent: Decided = { ...echo, held: 'zero' };
const echoUnmoved: Decided = { ...echo, held: 'unchanged' };
const own: Decided = { ...echo, outcome: 'accepted', head: 'own', history: ['accepted'] };
const next: Decided = { ...own, head: 'next' };
const above: Decided = { ...own, head: 'above' };
const ownUnsent: Decided = { ...own, held: 'zero' };
const superseded: Decided = { ...echo, outcome: 'superseded', history: ['superseded'] };
const opens: Decided = { ...echo, outcome: 'conflict', held: 'unchanged', conflict: 'opens' };
const grows: Decided = { ...opens, conflict: 'grows' };
const known: Decided = { ...opens, conflict: 'same' };
const ignored: Decided = { ...echo, outcome: 'ignored', held: 'unchanged' };
const refused = (letter: Refusal['code']): Decided => ({ ...echo, outcome: 'refused', held: 'unchanged', letter });

/** What wins while a conflict is open closes it: its candidates become history. */
const closing = (cell: Decided): Decided => ({ ...cell, conflict: 'closes', history: ['rivals', ...cell.history] });
const byNow = (cell: Decided): Decided => ({ ...cell, time: 'now' });
/** The head goes on above the record, which would refuse it otherwise. */
const goingOn = (cell: Decided): Decided => ({ ...cell, head: 'again', history: [...cell.history, 'again'] });

const NO_VERSION = impossible('of a contact nobody knows there is no version to hold');
const NO_RANK = impossible('there is no head to compare with');
const NO_CONFLICT = impossible('a conflict’s candidates are known only while it is open');
const NOT_TOLD = impossible('a system that counts raises the number when an edit is taken back');
const LACKS_NOTHING = impossible('a deleted record lacks nothing');
const NEVER_LACKS = impossible('BigQuery holds all of a contact');
const NO_LINK = impossible('a record that is not linked is whose it says it is');

const always = (cell: Decided) => ({ live: cell, tombstone: cell, tied: cell, tied_tombstone: cell });
const winning = (cell: Decided) => ({
  live: cell,
  tombstone: cell,
  tied: closing(cell),
  tied_tombstone: closing(cell),
});
/** A deletion of what is deleted says the same. */
const deleting = (live: Decided, tied: Decided) => ({ live, tombstone: echo, tied, tied_tombstone: echo });
/** BigQuery shows the row of an analyst from then on, and no version below it: so the head takes its number. */
const raising = (cell: Decided, shown: Decided) => ({
  live: { ranked: cell, plain: cell, canonical: shown },
  tombstone: { ranked: cell, plain: cell, canonical: shown },
  tied: { ranked: cell, plain: cell, canonical: closing(shown) },
  tied_tombstone: { ranked: cell, plain: cell, canonical: closing(shown) },
});
/** Of systems that hold part of a contact. */
const lacking = (
  cells: Readonly<Record<Exclude<HeadState, 'tied_tombstone'>, Decided | Impossible>>,
  revives = false,
) => {
  const partly = (cell: Decided | Impossible) => ({ ranked: cell, plain: cell, canonical: NEVER_LACKS });
  return {
    none: partly(cells.none),
    live: partly(cells.live),
    tombstone: partly(cells.tombstone),
    tied: partly(cells.tied),
    tied_tombstone: partly(revives ? cells.tied : cells.tombstone),
  };
};
const toldOnce = (cell: Decided) => ({ ranked: NOT_TOLD, plain: cell });

export const INGEST: Readonly<Record<Observation, Readonly<Record<HeadState, Entry<Decided>>>>> = {
  as_head: { none: NO_VERSION, ...always(echo) },
  late: { none: NO_VERSION, ...always(echo) },
  late_superseded: {
    none: NO_VERSION,
    live: { ranked: echo, plain: next },
    tombstone: { ranked: echo, plain: next },
    tied: { ranked: echo, plain: closing(next) },
    tied_tombstone: { ranked: echo, plain: closing(next) },
  },
  raised: { none: NO_VERSION, ...raising(echo, own) },
  unnamed: {
    none: { ranked: { ...own, held: 'unchanged' }, plain: ownUnsent },
    live: { ranked: echoUnmoved, plain: echoUnsent },
    tombstone: { ranked: echoUnmoved, plain: echoUnsent },
    tied: { ranked: echoUnmoved, plain: echoUnsent },
    tied_tombstone: { ranked: echoUnmoved, plain: echoUnsent },
  },
  misnamed: {
    none: NO_LINK,
    live: { ranked: echoUnmoved, plain: echoUnsent },
    tombstone: { ranked: echoUnmoved, plain: echoUnsent },
    tied: { ranked: echoUnmoved, plain: echoUnsent },
    tied_tombstone: { ranked: echoUnmoved, plain: echoUnsent },
  },
  higher: { none: own, ...winning(own) },
  higher_under_another: { none: NO_VERSION, ...winning(above) },
  later: { none: NO_RANK, ...winning(next) },
  earlier: { none: NO_RANK, ...always(superseded) },
  tie: { none: NO_RANK, live: opens, tombstone: opens, tied: grows, tied_tombstone: grows },
  candidate_again: {
    none: NO_RANK,
    live: NO_CONFLICT,
    tombstone: NO_CONFLICT,
    tied: known,
    tied_tombstone: known,
  },
  lower: { none: NO_RANK, ...always(superseded) },
  deleted_higher: { none: ignored, ...raising(echo, own), live: own, tied: closing(own) },
  deleted_later: { none: NO_RANK, ...deleting(next, closing(next)) },
  deleted_earlier: { none: NO_RANK, ...deleting(superseded, superseded) },
  deleted_tie: { none: NO_RANK, ...deleting(opens, grows) },
  deleted_lower: { none: NO_RANK, ...deleting(superseded, superseded) },
  taken_back: {
    none: NO_VERSION,
    live: toldOnce(next),
    tombstone: toldOnce(next),
    tied: toldOnce(closing(next)),
    tied_tombstone: toldOnce(closing(next)),
  },
  taken_back_late: {
    none: NO_VERSION,
    live: toldOnce(superseded),
    tombstone: toldOnce(superseded),
    tied: toldOnce(superseded),
    tied_tombstone: toldOnce(superseded),
  },
  incomplete: lacking({ none: NO_VERSION, live: echoUnsent, tombstone: LACKS_NOTHING, tied: echoUnsent }),
  incomplete_higher: lacking(
    { none: ownUnsent, live: ownUnsent, tombstone: ownUnsent, tied: closing(ownUnsent) },
    true,
  ),
  incomplete_raised: lacking({
    none: NO_VERSION,
    live: goingOn(echoUnsent),
    tombstone: LACKS_NOTHING,
    tied: echoUnsent,
  }),
  fast_clock: { none: byNow(own), ...winning(byNow(own)) },
  fast_clock_lost: {
    none: NO_RANK,
    live: { ranked: goingOn(superseded), plain: superseded },
    tombstone: { ranked: goingOn(superseded), plain: superseded },
    tied: superseded,
    tied_tombstone: superseded,
  },
  implausible: { none: own, ...always(refused('VERSION_IMPLAUSIBLE')) },
  endless: { none: refused('VERSION_IMPLAUSIBLE'), ...always(refused('VERSION_IMPLAUSIBLE')) },
  invalid: { none: refused('REQUIRED'), ...always(refused('REQUIRED')) },
  invalid_lower: { none: NO_RANK, ...always({ ...refused('REQUIRED'), replayed: 'superseded' }) },
};

/** By what ingest knows of the record: each cell above is run with each of these. */
export type Witness = 'stands' | 'kept' | 'both' | 'replayed';

/** `table`: as the cell says. */
export interface Witnessed {
  readonly outcomes: readonly ('table' | 'again')[];
  readonly held: 'table' | 'unchanged';
  /** Whether the head may go on above the record. */
  readonly goes_on: boolean;
  /** What becomes of the kept edit. `done`, unless it was refused: then it lies under the dead letter. */
  readonly inbox: 'none' | 'done';
  readonly text: string;
}

export const WITNESSES: Readonly<Record<Witness, Witnessed>> = {
  stands: {
    outcomes: ['table'],
    held: 'table',
    goes_on: true,
    inbox: 'none',
    text: 'the record as it stands, no edit kept: as the table says',
  },
  kept: {
    outcomes: ['table'],
    held: 'unchanged',
    goes_on: false,
    inbox: 'done',
    text: 'an edit that was kept, the record gone or unread: as the table says, but it does not tell where the system stands, so what the system holds and the head’s going on are left',
  },
  both: {
    outcomes: ['table', 'again'],
    held: 'table',
    goes_on: true,
    inbox: 'done',
    text: 'both: first the edit; the record then says the same again, an echo of what was accepted or superseded, and one dead letter in all where it was refused',
  },
  replayed: {
    outcomes: ['table'],
    held: 'unchanged',
    goes_on: false,
    inbox: 'done',
    text: 'an edit out of a dead letter: as one that was kept; what is still no contact but was outranked meanwhile is done with, as superseded',
  },
};
