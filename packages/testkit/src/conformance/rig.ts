import type { Content } from '@contact-sync/contact';
import type { CanonicalAdapter, RecordId, TargetAdapter, Version } from '@contact-sync/sync';

/** What some systems cannot do, or not in this way. A case that needs it is then skipped, with the reason in its name. */
export type Ability =
  /** Compares ranks, and keeps the time of the version that it holds. */
  | 'ranks'
  /** Gives back every valid content without the help of a base. */
  | 'whole_contents'
  /** Tells the hub's own writes from edits. */
  | 'own_writes'
  /** Tells each of several edits, and not only how the record stands after them. */
  | 'each_edit'
  /** Forgets what was acknowledged. */
  | 'acknowledgement'
  /** Edits may be committed in another order than they were begun in. */
  | 'late_commits'
  /** Records can be born without a contact_id. */
  | 'births'
  /** A record can be removed for good. */
  | 'destruction'
  /** Remembers the rank of contacts it has no record of. */
  | 'graves'
  /** Refuses a contact that others would take. */
  | 'refusals'
  /** Gives each delivery of a call its own outcome. */
  | 'outcomes'
  /** Asks to be left alone for a while. */
  | 'throttling'
  /** A write can be carried out and its answer lost. */
  | 'lost_answers'
  /** Has answers that may never come, which the adapter gives up waiting for within a time of the rig's choosing. */
  | 'timeouts'
  /** Takes only so many rows, or so many bytes, in one request. */
  | 'request_limits'
  /** Is entered with a password or key. */
  | 'credentials'
  /** A record may have been written when its system held less of a contact. */
  | 'lacking'
  /** Tells what stands in it in few words, computed where the data lies. */
  | 'digests'
  /** Somebody may edit past what counts and tells edits there. */
  | 'secret_edits'
  /** Has a clock of its own. */
  | 'clock';

/** What is known of a system before it is opened. */
export interface Traits {
  readonly half: 'target' | 'canonical';
  readonly cannot: Readonly<Partial<Record<Ability, string>>>;
}

/** Someone who works in the system past the hub, by its own real client. */
export interface User {
  create(content: Content): Promise<RecordId>;
  /** Changes this field alone. */
  edit(record_id: RecordId, job_title: string): Promise<void>;
  /** As people delete there: softly where the system has that. */
  remove(record_id: RecordId): Promise<void>;
  /** Undoes {@link remove}. The record holds at least its name again. */
  revive(record_id: RecordId): Promise<void>;
  /** Removes it for good; needs `destruction`. */
  destroy?(record_id: RecordId): Promise<void>;
  /** Begins to create a record that nobody sees until it is committed, after later ones; needs `late_commits`. */
  begin?(content: Content): Promise<{ commit(): Promise<RecordId> }>;
}

/** What may go wrong beside the hub, switched on by hand. Each resolves with what mends it. */
export interface Faults {
  /** The system is gone: nobody answers, or nobody can read. */
  outage(): Promise<() => Promise<void>>;
  /** The system is there and serves nobody: a gateway's 503, a database closed for maintenance, a file that is none. */
  maintenance(): Promise<() => Promise<void>>;
  /** The system asks to be left alone; needs `throttling`. */
  throttle?(): Promise<() => Promise<void>>;
  /** The next write is carried out and its answer lost; needs `lost_answers`. */
  loseAnswer?(): Promise<() => Promise<void>>;
  /** The next write is carried out, and its answer never comes; needs `timeouts`. */
  stallAnswer?(): Promise<() => Promise<void>>;
  /** Makes the version one that the system refuses, while the others are taken; needs `refusals`. */
  spoil?(version: Version): Promise<{ readonly version: Version; mend(): Promise<void> }>;
}

/** The largest request seen so far, and what the system takes. */
export interface Requests {
  readonly seen: { readonly rows: number; readonly bytes: number };
  readonly allowed: { readonly rows: number; readonly bytes: number };
}

export type Subject = TargetAdapter | CanonicalAdapter;

/** A fresh system of one's own on which nothing is installed yet, and all that the cases do to it. */
export interface Rig<A extends Subject = Subject> {
  /** Reaches the system by the way on which the faults lie. */
  readonly adapter: A;
  /** Another adapter on the same system, as another process of the hub would have. The rig closes it. */
  open(): A;
  /** One that gives an answer up after a fraction of a second; needs `timeouts`. The rig closes it. */
  impatient?(): A;
  /** Another one in a process whose clock says this, in milliseconds since the Unix epoch; needs `clock`. The rig closes it. */
  openAt?(now: () => number): A;
  readonly user: User;
  readonly faults: Faults;
  /** Keys and passwords, which no error may show. Empty only without `credentials`. */
  readonly secrets: readonly string[];
  /** Needs `request_limits`. */
  requests?(): Requests;
  /** Changes this field and nothing else, while what counts and tells edits is switched off; needs `secret_edits`. */
  secretly?(record_id: RecordId, job_title: string): Promise<void>;
  /** Makes the record one that was written when its system held no job titles; for the delivery table. */
  lack?(record_id: RecordId): Promise<void>;
  close(): Promise<void>;
}

/** The part of a rig that a trait promises. */
export function promised<T>(part: T | undefined, ability: Ability): T {
  if (part === undefined) throw new Error(`the rig lacks what "${ability}" needs: add it, or say why it cannot be`);
  return part;
}
