/** Builds the states and records that the cells of the decision table speak of, by the hub's own decisions. */
import {
  type ContactId,
  type Content,
  fromMillis,
  type Lens,
  lensOf,
  MAX_VERSION,
  type Part,
  type Timestamp,
  timestamp,
} from '@contact-sync/contact';
import type { HeadState, Observation } from '../spec/ingest.ts';
import type { SystemKind } from '../spec/words.ts';
import {
  type ContactState,
  decide,
  type InboxEntry,
  type Surroundings,
  type System,
  type SystemRecord,
  unknownContact,
} from '../src/index.ts';

export const ID = '9007199254740993' as ContactId;
const ANOTHER = '9007199254740995' as ContactId;
export const NOW = timestamp('2026-11-22T12:00:00Z');
export const at = (seconds: number): Timestamp => fromMillis(Date.parse('2026-11-22T11:00:00Z') + seconds * 1000);
/** Later than now, and not so much later that nobody believes it. */
const SOON = timestamp('2026-11-22T12:04:00Z');
const TOMORROW = timestamp('2026-11-23T12:00:00Z');

/** A system that holds these fields as they are, under their own names. */
const lens = (...fields: ('canonical_name' | 'organization' | 'job_title')[]): Lens =>
  lensOf(
    fields.map(
      (field): Part => ({
        content: [field],
        read: (record) => record[field] ?? null,
        expected: (content) => content[field] ?? null,
        write: (content) => ({ [field]: content[field] ?? null }),
        put: (record) => ({ [field]: record[field] }),
      }),
    ),
  );
const rich = lens('canonical_name', 'organization', 'job_title');
const poor = lens('canonical_name', 'job_title');

export const kindOf = (system: System): SystemKind => (system === 'twenty' ? 'plain' : 'ranked');

export const around = (system: System): Surroundings => ({
  system,
  lens: system === 'twenty' ? poor : rich,
  counts_versions: system !== 'twenty',
  now: NOW,
  latest: timestamp('2026-11-22T12:05:00Z'),
  skew_ms: 300_000,
  max_version_jump: 1000,
});

let entries = 0;
export const kept = (record: SystemRecord, dead_letter_id: string | null = null): InboxEntry => ({
  inbox_id: `${++entries}`,
  record,
  dead_letter_id,
});

/** There is nothing that would be so. */
export class CannotBe extends Error {}

/** A content, `null` a deletion, made under this number at this time. */
interface Made {
  readonly version: number;
  readonly when: Timestamp;
  readonly content: Content | null;
}

const titled = (job_title: string): Content => ({ canonical_name: 'Ada', organization: 'Engines', job_title });
const EMPTY_FIELDS = { canonical_name: '', organization: null, job_title: 'nameless' };

/** How a system stores what was made, once it carries its number. */
const stored = (system: System, { version, when, content }: Made): SystemRecord => ({
  record_id: `${system}-1`,
  contact_id: ID,
  version,
  last_updated: when,
  last_updated_by: 'somebody',
  deleted: content === null,
  fields: content === null ? {} : around(system).lens.toRecord(content),
});

/** How it stands in a system where somebody has just made it. */
const made = (system: System, { version, ...rest }: Made): SystemRecord =>
  stored(system, { ...rest, version: kindOf(system) === 'plain' ? version - 1 : version });

export interface Built {
  readonly state: ContactState;
  readonly record: SystemRecord;
  /** What the record means; `undefined` for what is no contact. */
  readonly means: Content | null | undefined;
  /** The number that counts. */
  readonly version: number;
}

/**
 * The state of a contact: three versions and one that lost, made elsewhere, then what the column says.
 *
 * @param by the system that made the head
 * @param when the head was made
 */
function stateOf(column: HeadState, by: System, when: Timestamp): ContactState {
  if (column === 'none') return unknownContact(ID);
  const deleted = column === 'tombstone' || column === 'tied_tombstone';
  const tied = column === 'tied' || column === 'tied_tombstone';
  const edits: [System, Made][] = [
    ['local', { version: 1, when: at(0), content: titled('Analyst') }],
    ['local', { version: 2, when: at(10), content: titled('Engineer') }],
    ['bigquery', { version: 2, when: at(5), content: titled('Loser') }],
    [by, { version: 3, when, content: deleted ? null : titled('Countess') }],
    ...(tied ? [['bigquery', { version: 3, when, content: titled('Rival') }] satisfies [System, Made]] : []),
  ];
  return after(unknownContact(ID), edits);
}

const after = (before: ContactState, edits: readonly [System, Made][]): ContactState =>
  edits.reduce(
    (state, [system, edit]) => decide(state, [kept(made(system, edit))], made(system, edit), around(system)).state,
    before,
  );

/** @throws {CannotBe} where there is no such state or record */
export function build(observation: Observation, column: HeadState, system: System): Built {
  const kind = kindOf(system);
  const isUndone = observation === 'taken_back' || observation === 'taken_back_late';
  const headAt = observation === 'fast_clock_lost' ? SOON : at(20);
  let state = stateOf(column, isUndone ? system : 'local', headAt);
  const head = () => {
    if (state.head === null) throw new CannotBe('there is no head');
    return state.head;
  };
  const numbered = (version: number, status: 'accepted' | 'superseded') => {
    const found = state.versions.find((one) => one.version === version && one.status === status);
    if (!found) throw new CannotBe('there is no such version');
    return found;
  };
  const holding = (content: Content | null, version: number, when = headAt): Built => ({
    state,
    record: stored(system, { version, when, content }),
    means: content,
    version: kind === 'plain' ? version + 1 : version,
  });
  /** The version that an edit builds upon where the record does not say. */
  const latest = state.versions.findLast(({ content, status }) => content !== null && status === 'accepted');
  /** What there is of a contact that only this system has heard of. */
  const held = ({ organization, ...content }: Content): Content =>
    kind === 'plain' ? content : { ...content, ...(organization === undefined ? {} : { organization }) };
  const edited = (version: number, when: Timestamp, content: Content | null = titled('Fellow')): Built => ({
    state,
    record: made(system, { version, when, content }),
    means: content !== null && state.head === null ? held(content) : content,
    version,
  });
  const but = (built: Built, change: Partial<SystemRecord>): Built => ({
    ...built,
    record: { ...built.record, ...change },
  });
  /** Without the job title, which its system did not hold before. */
  const lacking = (built: Built): Built => {
    if (built.record.deleted) throw new CannotBe('a deleted record lacks nothing');
    if (system === 'bigquery') throw new CannotBe('it holds all of a contact');
    const { job_title: _, ...fields } = built.record.fields;
    return but(built, { fields, incomplete: true });
  };
  const nameless = (version: number, when: Timestamp): Built => ({
    ...but(edited(version, when), { fields: EMPTY_FIELDS }),
    means: undefined,
  });
  const takenBack = (): Built => {
    if (kind === 'ranked') throw new CannotBe('it raises its number');
    return but(holding(numbered(2, 'accepted').content, 2, at(26)), { edited: true });
  };

  switch (observation) {
    case 'as_head':
      return holding(head().content, head().version);
    case 'late':
      return holding(numbered(2, 'accepted').content, 2, at(99));
    case 'late_superseded':
      return holding(numbered(2, 'superseded').content, 2, at(99));
    case 'raised':
      return holding(head().content, head().version + 2, at(25));
    case 'unnamed': {
      if (column !== 'none') return but(holding(head().content, head().version), { contact_id: null });
      return but(edited(1, at(0)), { contact_id: null });
    }
    case 'misnamed':
      return but(holding(head().content, head().version), { contact_id: ANOTHER });
    case 'higher':
      return edited((state.head?.version ?? 0) + 1, at(15));
    case 'higher_under_another': {
      const another: System = system === 'local' ? 'supabase' : 'local';
      const raised = stored(another, { version: head().version + 6, when: at(22), content: head().content });
      state = decide(state, [], raised, around(another)).state;
      return edited(head().version + 1, at(25));
    }
    case 'later':
      return edited(head().version, at(25));
    case 'earlier':
      return edited(head().version, at(15));
    case 'tie':
      return edited(head().version, at(20));
    case 'candidate_again': {
      const candidate = state.conflict?.candidates[1];
      if (!candidate) throw new CannotBe('there is no conflict');
      return edited(head().version, at(20), candidate.content);
    }
    case 'lower':
      return edited(head().version - 1, at(99));
    case 'deleted_higher':
      return edited((state.head?.version ?? 0) + 1, at(15), null);
    case 'deleted_later':
      return edited(head().version, at(25), null);
    case 'deleted_earlier':
      return edited(head().version, at(15), null);
    case 'deleted_tie':
      return edited(head().version, at(20), null);
    case 'deleted_lower':
      return edited(head().version - 1, at(99), null);
    case 'taken_back':
      return takenBack();
    case 'taken_back_late': {
      const built = takenBack();
      const isLive = column === 'live' || column === 'tied';
      const later: [System, Made][] = [
        ['local', { version: 4, when: at(30), content: titled('Elsewhere') }],
        ...(isLive ? [] : [['local', { version: 5, when: at(30), content: null }] satisfies [System, Made]]),
        ...(state.conflict === null
          ? []
          : [
              ['bigquery', { version: isLive ? 4 : 5, when: at(30), content: titled('Rival') }] satisfies [
                System,
                Made,
              ],
            ]),
      ];
      state = after(state, later);
      return { ...built, state };
    }
    case 'incomplete':
      return lacking(holding(head().content, head().version));
    case 'incomplete_higher': {
      const { job_title, ...base } = latest?.content ?? titled('unknown');
      const means: Content = { ...base, canonical_name: 'Lovelace' };
      const built = lacking(edited((state.head?.version ?? 0) + 1, at(25), { ...means, job_title: 'lacking' }));
      return { ...built, means: latest === undefined ? held(means) : { ...means, job_title } };
    }
    case 'incomplete_raised':
      return lacking(holding(head().content, head().version + 2, at(25)));
    case 'fast_clock':
      return edited((state.head?.version ?? 0) + 1, TOMORROW);
    case 'fast_clock_lost':
      return edited(head().version, TOMORROW);
    case 'implausible':
      return edited((state.head?.version ?? 0) + 5000, at(25));
    case 'endless':
      return edited(MAX_VERSION - 1, at(25));
    case 'invalid':
      return nameless((state.head?.version ?? 0) + 1, at(25));
    case 'invalid_lower':
      return nameless(head().version - 1, at(25));
  }
}
