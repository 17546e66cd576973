/**
 * What people ask of the ledger, beside the flow: lists, one contact's story, who did what. Implemented by
 * `@contact-sync/ledger` on the same tables. Nothing here decides over a contact, and no read holds up the flow.
 */
import type { Category, ContactId, ContentHash } from '@contact-sync/contact';
import type { ContactStanding, DeadLetter, DecidedEdit, KnownVersion, OpenConflict } from '../ledger-port.ts';
import type { ConflictEvent, RecordId, System, Target, Version } from '../ports.ts';
import type { WorkQueue } from '../queue-port.ts';

/** A page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins, to be handed back as it is; `null` at the end. */
  readonly next: string | null;
}

/** Which page. */
export interface PageQuery {
  /** The {@link Page.next} of the page before; without it the first page. One that is none is the first page. */
  readonly after?: string;
  /** The most items, at least 1. */
  readonly limit: number;
}

/** A contact in a list. */
export interface ContactSummary {
  readonly contact_id: ContactId;
  /** Of a deleted contact: the last name it had, `''` when that is not kept. */
  readonly canonical_name: string;
  readonly organization: string | null;
  readonly category_code: Category | null;
  readonly version: number;
  readonly last_updated: string;
  readonly last_updated_by: string;
  readonly deleted: boolean;
  readonly state: ContactStanding['state'];
}

/** Which contacts are listed, in the order of their names. Conditions hold together. */
export interface ContactQuery extends PageQuery {
  /**
   * Words that are all in the name, an address, a number or the organization, whatever the case; or a contact id, or
   * the id of a record of any system.
   */
  readonly text?: string;
  readonly category?: Category;
  readonly state?: ContactStanding['state'];
  /** Deleted ones: `true` only these, `false` none of them (the default). */
  readonly deleted?: boolean;
}

/** A dead letter with its history. */
export interface DeadLetterRecord extends DeadLetter {
  readonly status: 'open' | 'replayed' | 'superseded' | 'discarded';
  /** When it failed last, an ISO 8601 instant; {@link DeadLetter.created_at} is when it failed first. */
  readonly failed_at: string;
  readonly closed_at: string | null;
  /** A person, or `hub`. */
  readonly closed_by: string | null;
}

/** Which dead letters. Conditions hold together. */
export interface DeadLetterFilter {
  /** Default `open`. `closed`: whatever is not open. */
  readonly status?: 'open' | 'closed' | 'all';
  readonly queue?: WorkQueue;
  readonly system?: System;
  readonly code?: string;
  readonly contact_id?: ContactId;
  /** Only those that failed first before this ISO 8601 instant. */
  readonly before?: string;
  /** Only those that failed first at or after this ISO 8601 instant. */
  readonly since?: string;
}

/** How many dead letters there are of each kind: what people filter by. */
export interface DeadLetterGroup {
  readonly queue: WorkQueue;
  readonly system: System;
  readonly code: string;
  readonly count: number;
  /** When the oldest of them failed first: an ISO 8601 instant. */
  readonly oldest: string;
}

/** A conflict, open or closed. */
export interface ConflictRecord extends OpenConflict {
  readonly status: 'open' | 'resolved' | 'superseded';
  /** ISO 8601 instants. */
  readonly opened_at: string;
  readonly closed_at: string | null;
  readonly closed_by: string | null;
  /** What a person chose; `null` while open, and for `superseded`. */
  readonly chosen: ContentHash | null;
  /** The contact's name in the head; `''` for a deletion. */
  readonly canonical_name: string;
}

/** What a system was given, and when it said so. */
export interface Receipt {
  readonly contact_id: ContactId;
  readonly target: Target;
  readonly version: number;
  readonly content_hash: ContentHash;
  /** The first time, and the last (a write is repeated where somebody overwrote it): ISO 8601 instants. */
  readonly at: string;
  readonly last_at: string;
  /** Milliseconds from when the hub first heard of the edit to {@link at}; `null` where that is not known. */
  readonly waited_ms: number | null;
}

/** Something that happened to a contact. `at`: an ISO 8601 instant of the ledger's clock. */
export type TimelineFact = { readonly at: string } & (
  | {
      /** An edit was told of and kept. */
      readonly kind: 'notification';
      readonly system: System;
      readonly record_id: RecordId;
      readonly version: number;
      readonly last_updated: string;
      readonly last_updated_by: string;
      readonly deleted: boolean;
      /** `null`: undecided, or decided before the ledger kept it. */
      readonly outcome: DecidedEdit['outcome'] | null;
      readonly decided_at: string | null;
      /** Set while it lies in a dead letter. */
      readonly dead_letter_id: string | null;
    }
  | {
      /** A version was decided. */
      readonly kind: 'version';
      readonly version: KnownVersion;
      /** The accepted version before it; `null` for the first. */
      readonly before: Version | null;
      /** When BigQuery had it; `null`: not yet. */
      readonly appended_at: string | null;
    }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'conflict'; readonly event: ConflictEvent }
  | { readonly kind: 'dead_letter'; readonly letter: DeadLetterRecord }
  | { readonly kind: 'action'; readonly action: Action }
);

/** What people do. */
export const ACTIONS = [
  'replay',
  'discard',
  'resolve',
  'restore',
  'import',
  'sync',
  'drift',
  'acknowledge',
  'silence',
  'pause',
  'resume',
  'run',
] as const;
/** One of {@link ACTIONS}. */
export type ActionKind = (typeof ACTIONS)[number];

/** Who does something, and from where. */
export interface Actor {
  /** As they call themselves, up to 200 characters. */
  readonly by: string;
  readonly via: 'api' | 'console' | 'cli' | 'program';
}

/** What somebody sets out to do. Kept before it is begun, so that nothing is done unseen. */
export interface NewAction extends Actor {
  readonly kind: ActionKind;
  /** What it is about: `contact:<id>`, `conflict:<id>`, `dead-letter:<id>`, `system:<name>`; at most 1,000. */
  readonly subjects: readonly string[];
  readonly reason: string | null;
  /** What makes a repetition the same action; `null`: each is one of its own. */
  readonly key: string | null;
  /** A digest of what was asked for: under one key only one thing can be. */
  readonly digest: string;
}

/** What somebody did. Ids, codes and counts: nothing personal but the name of who did it. */
export interface Action extends Actor {
  readonly action_id: string;
  readonly kind: ActionKind;
  readonly subjects: readonly string[];
  readonly reason: string | null;
  /** ISO 8601 instants; `ended_at: null`: under way, or cut off by a crash. */
  readonly begun_at: string;
  readonly ended_at: string | null;
  /** `null` until it ended. */
  readonly outcome: 'done' | 'failed' | null;
  /** What it answered: JSON. */
  readonly result: unknown;
}

/**
 * Whether an action may begin. `done`: it was done before under this key, with this result. `running`: it is under way
 * elsewhere. `mismatch`: the key was used for something else.
 */
export type Begun =
  | { readonly state: 'begun'; readonly action_id: string }
  | { readonly state: 'done'; readonly action_id: string; readonly result: unknown }
  | { readonly state: 'running' }
  | { readonly state: 'mismatch' };

/** Deliveries to one target in one stretch of time. */
export interface FlowPoint {
  /** Where the stretch begins: an ISO 8601 instant. */
  readonly at: string;
  readonly target: Target;
  /** Versions that came there for the first time. */
  readonly delivered: number;
  /** Milliseconds from when the hub heard of the edit until the target had it; `null` where nothing is known. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

/** What people ask of the ledger. Each method is atomic and throws as those of `Ledger`. */
export interface OperatorLedger {
  /** In the order of names, then ids. */
  findContacts(query: ContactQuery): Promise<Page<ContactSummary>>;
  /** Newest first. */
  listDeadLetters(filter: DeadLetterFilter, page: PageQuery): Promise<Page<DeadLetterRecord>>;
  /** Most first. */
  countDeadLetters(filter: DeadLetterFilter): Promise<readonly DeadLetterGroup[]>;
  /** Whatever its status; `null`: never there. */
  deadLetter(id: string): Promise<DeadLetterRecord | null>;
  /** Open ones: oldest first; else those closed last first. */
  listConflicts(status: 'open' | 'closed', page: PageQuery): Promise<Page<ConflictRecord>>;
  /** Whatever its status; `null`: never there. */
  conflict(id: string): Promise<ConflictRecord | null>;
  /** The accepted version that came before this number: what both sides of a conflict began with. */
  versionBefore(contactId: ContactId, version: number): Promise<KnownVersion | null>;
  /** Versions of this number: the accepted one first. */
  versions(contactId: ContactId, version: number): Promise<readonly KnownVersion[]>;
  /** What happened to a contact, newest first. */
  timeline(contactId: ContactId, page: PageQuery): Promise<Page<TimelineFact>>;
  /** What each target was given last. */
  receipts(contactId: ContactId): Promise<readonly Receipt[]>;
  /** What came to the targets last, newest first. */
  latest(limit: number): Promise<readonly Receipt[]>;
  /** In stretches of so many seconds, from `since`, an ISO 8601 instant, until now; stretches without any are left out. */
  flow(since: string, stretch_s: number): Promise<readonly FlowPoint[]>;
  /** Keeps what somebody sets out to do. One that failed, or was cut off more than a minute ago, may be begun again. */
  beginAction(action: NewAction): Promise<Begun>;
  endAction(actionId: string, outcome: 'done' | 'failed', result: unknown): Promise<void>;
  /** What was done, newest first; `subject`: only about this. */
  actions(subject: string | null, page: PageQuery): Promise<Page<Action>>;
}
