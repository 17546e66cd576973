/**
 * What becomes of a delivery, and what the hub then does. The cells of DELIVERY are run on the real systems by each
 * `system-*` package's `test/delivery-table.test.ts`, the others by `test/delivery-table.test.ts` here.
 */
import type { ApplyOutcome } from '../src/index.ts';
import { type Entry, impossible } from './words.ts';

export type DeliveryKind = 'live' | 'tombstone';

/**
 * What stands in the system where a delivery arrives. `lower`, `equal`, `higher`: its rank against the delivery's
 * (ranked), its number (plain). The hub believes what it last delivered or heard; "unheard" came after that.
 */
export type RecordAtTarget =
  | 'absent'
  | 'grave_lower'
  | 'grave_equal'
  | 'grave_higher'
  | 'lower'
  | 'equal'
  | 'higher'
  | 'delivered_lower'
  | 'delivered'
  | 'delivered_higher'
  | 'tombstone_lower'
  | 'tombstone_equal'
  | 'tombstone_higher'
  | 'edited_lower'
  | 'edited_higher'
  | 'removed_unheard'
  | 'unnamed'
  | 'unnamed_ahead'
  | 'unnamed_gone'
  | 'lacking'
  | 'two_records'
  | 'refused';

export const RECORDS_AT_TARGET: Readonly<Record<RecordAtTarget, string>> = {
  absent: 'nothing',
  grave_lower: 'no record, but the lower rank of a deletion',
  grave_equal: 'no record, but the equal rank of a deletion',
  grave_higher: 'no record, but the higher rank of a deletion',
  lower: 'what the hub believes, lower',
  equal: 'what the hub believes, equal, other content',
  higher: 'what the hub believes, higher',
  delivered_lower: 'the very content, lower',
  delivered: 'the very version',
  delivered_higher: 'the very content, higher',
  tombstone_lower: 'the hub’s tombstone, lower',
  tombstone_equal: 'the hub’s tombstone, equal',
  tombstone_higher: 'the hub’s tombstone, higher',
  edited_lower: 'an unheard edit, lower',
  edited_higher: 'an unheard edit, higher',
  removed_unheard: 'an unheard deletion, lower',
  unnamed: 'a record born there and not yet named, lower',
  unnamed_ahead: 'the same, edited since: higher (ranked), or unheard (plain)',
  unnamed_gone: 'what is left of one that was removed before it was named',
  lacking: 'the very version, but for fields that the system did not hold before',
  two_records: 'one record that names the contact, and another that is linked to it',
  refused: 'a contact that the system does not take',
};

export interface Applied {
  readonly outcome: ApplyOutcome['outcome'];
  /** Though nothing else of it is written, the record gets its contact’s id. */
  readonly named?: true;
}

const applied: Applied = { outcome: 'applied' };
const unchanged: Applied = { outcome: 'unchanged' };
const ahead: Applied = { outcome: 'ahead' };
const rejected: Applied = { outcome: 'rejected' };

const FORGETS = impossible('Twenty remembers nothing of people that it does not have');
const NOTHING_TO_REFUSE = impossible('a tombstone holds nothing that could be refused');

const ranked = (cell: Applied) => ({ ranked: cell, plain: FORGETS });
const both = (cell: Applied) => ({ live: cell, tombstone: cell });

export const DELIVERY: Readonly<Record<RecordAtTarget, Readonly<Record<DeliveryKind, Entry<Applied>>>>> = {
  absent: { live: applied, tombstone: { ranked: applied, plain: unchanged } },
  grave_lower: { live: ranked(applied), tombstone: ranked(applied) },
  grave_equal: { live: ranked(ahead), tombstone: ranked(unchanged) },
  grave_higher: { live: ranked(ahead), tombstone: ranked(ahead) },
  lower: both(applied),
  equal: { live: { ranked: ahead, plain: applied }, tombstone: { ranked: ahead, plain: applied } },
  higher: both(ahead),
  delivered_lower: both(applied),
  delivered: both(unchanged),
  delivered_higher: both(ahead),
  tombstone_lower: both(applied),
  tombstone_equal: { live: { ranked: ahead, plain: applied }, tombstone: unchanged },
  tombstone_higher: both(ahead),
  edited_lower: { live: { ranked: applied, plain: ahead }, tombstone: { ranked: applied, plain: ahead } },
  edited_higher: both(ahead),
  removed_unheard: { live: { ranked: applied, plain: ahead }, tombstone: applied },
  unnamed: both(applied),
  unnamed_ahead: {
    live: { ranked: { ...ahead, named: true }, plain: ahead },
    tombstone: { ranked: { ...ahead, named: true }, plain: ahead },
  },
  unnamed_gone: { live: ranked(applied), tombstone: ranked(applied) },
  lacking: { live: applied, tombstone: { ranked: ahead, plain: applied } },
  two_records: { live: { ranked: applied, plain: rejected }, tombstone: { ranked: applied, plain: rejected } },
  refused: { live: rejected, tombstone: NOTHING_TO_REFUSE },
};

/** What the hub does with each answer. */
export interface Answered {
  readonly receipt: boolean;
  /** The record is ingested, and what comes of that is sent anew. */
  readonly ingest: boolean;
  readonly letter: boolean;
  /** The head moved while the delivery was on its way: the target's queue is told again. */
  readonly told_if_moved: boolean;
  /** The job is tried again as a whole. */
  readonly retried: boolean;
}

const nothing: Answered = { receipt: false, ingest: false, letter: false, told_if_moved: false, retried: false };

export const ANSWERS: Readonly<Record<ApplyOutcome['outcome'] | 'no_answer', Answered>> = {
  applied: { ...nothing, receipt: true, told_if_moved: true },
  unchanged: { ...nothing, receipt: true, told_if_moved: true },
  ahead: { ...nothing, ingest: true },
  rejected: { ...nothing, letter: true },
  no_answer: { ...nothing, retried: true },
};

/** What a system is known to hold, against the head. */
export type HeldOfHead = 'nothing' | 'other_content' | 'same_lower' | 'same_equal' | 'same_higher';

export const HELD_OF_HEAD: Readonly<Record<HeldOfHead, string>> = {
  nothing: 'nothing',
  other_content: 'other content, under whatever number',
  same_lower: 'the head’s content under a lower number, 0 among them',
  same_equal: 'the head',
  same_higher: 'the head’s content under a higher number',
};

/** Whether the system has to be sent the head. */
export const BEHIND: Readonly<Record<HeldOfHead, Readonly<Record<DeliveryKind, boolean>>>> = {
  nothing: { live: true, tombstone: true },
  other_content: { live: true, tombstone: true },
  same_lower: { live: true, tombstone: true },
  same_equal: { live: false, tombstone: false },
  same_higher: { live: false, tombstone: false },
};

/** What a contact has gained within the last minute. The limit is ECHO_STORM_VERSIONS. */
export type Gained = 'fewer' | 'as_many' | 'with_superseded' | 'with_older';

export const GAINED: Readonly<Record<Gained, string>> = {
  fewer: 'fewer accepted versions than the limit',
  as_many: 'as many accepted versions, or more',
  with_superseded: 'as many, superseded ones among them',
  with_older: 'as many, some of them longer ago',
};

/** When the target was last written to: a receipt of this contact came from there. */
export type WrittenThere = 'never' | 'longer_ago' | 'within';

export const WRITTEN_THERE: Readonly<Record<WrittenThere, string>> = {
  never: 'never written to',
  longer_ago: 'written to longer than a minute ago',
  within: 'written to within the last minute',
};

/**
 * Whether what is behind is braked there: taken by no job, its own or another's, and not told of by the sweeper. It counts
 * as pending all the same, and a look for drift calls it that.
 */
export const BRAKED: Readonly<Record<Gained, Readonly<Record<WrittenThere, boolean>>>> = {
  fewer: { never: false, longer_ago: false, within: false },
  as_many: { never: false, longer_ago: false, within: true },
  with_superseded: { never: false, longer_ago: false, within: false },
  with_older: { never: false, longer_ago: false, within: false },
};
