/** Each cell of the decision table of ingest, built and decided by the real code, once for each way it may be seen. */
import { type Content, contentHash } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import {
  type Decided,
  HEAD_STATES,
  type HeadState,
  type HistoryGets,
  INGEST,
  OBSERVATIONS,
  type Observation,
  WITNESSES,
  type Witness,
} from '../spec/ingest.ts';
import { cellFor, isImpossible, keysOf } from '../spec/words.ts';
import { type Decision, decide, type HistoryRow, SYSTEMS, type System, TARGETS } from '../src/index.ts';
import { around, type Built, build, CannotBe, ID, kept, kindOf, NOW } from './ingest-cases.ts';

const EMPTY_HANDED: Witness = 'stands';

describe.each(keysOf(HEAD_STATES))('a contact that has: %s', (column) => {
  for (const observation of keysOf(OBSERVATIONS))
    for (const system of SYSTEMS) {
      const cell = cellFor(INGEST[observation][column], system === 'bigquery' ? 'canonical' : kindOf(system));
      const what = `a record of ${system} that ${OBSERVATIONS[observation]}`;
      if (isImpossible(cell))
        it(`${what} cannot be: ${cell.impossible}`, () => {
          expect(() => build(observation, column, system)).toThrow(CannotBe);
        });
      else
        it(`${what}: ${sentence(cell)}`, () => {
          for (const witness of keysOf(WITNESSES)) check(observation, column, system, cell, witness);
        });
    }
});

it.each(keysOf(HEAD_STATES))('the state "%s" is built as it is called', (column) => {
  for (const observation of ['earlier', 'taken_back_late', 'fast_clock_lost'] as const) {
    if (column === 'none') continue;
    const { head, conflict } = build(observation, column, 'twenty').state;
    expect(head?.content === null).toBe(column === 'tombstone' || column === 'tied_tombstone');
    expect(conflict !== null).toBe(column === 'tied' || column === 'tied_tombstone');
  }
});

it('an edit that outranks the head by its version carries no more weight for being told twice', () => {
  const built = build('higher', 'live', 'supabase');
  const once = decide(built.state, [kept(built.record)], built.record, around('supabase'));
  const twice = decide(once.state, [kept(built.record)], built.record, around('supabase'));
  expect(twice.outcomes).toEqual(['echo', 'echo']);
  expect(twice.commit).toMatchObject({ head: null, history: [], events: [] });
});

function sentence({ outcome, head, held, conflict, letter }: Decided): string {
  const parts = [
    outcome,
    ...(letter === null ? [] : [letter]),
    ...(head === 'stays' ? [] : [`head: ${head}`]),
    ...(conflict === 'same' ? [] : [`the conflict ${conflict}`]),
    ...(held === 'carried' ? [] : [`held: ${held}`]),
  ];
  return parts.join(', ');
}

function check(observation: Observation, column: HeadState, system: System, cell: Decided, witness: Witness): void {
  const built = build(observation, column, system);
  const seen = WITNESSES[witness];
  const entry = witness === EMPTY_HANDED ? null : kept(built.record, witness === 'replayed' ? 'a dead letter' : null);
  const edits = entry === null ? [] : [entry];
  const stands = witness === 'stands' || witness === 'both';
  const decision = decide(built.state, edits, stands ? built.record : null, around(system));
  const where = { witness };

  const outcome = witness === 'replayed' ? (cell.replayed ?? cell.outcome) : cell.outcome;
  const said = outcome === 'accepted' || outcome === 'superseded' ? 'echo' : outcome;
  expect({ ...where, outcomes: decision.outcomes }).toEqual({
    ...where,
    outcomes: seen.outcomes.map((each) => (each === 'table' ? outcome : said)),
  });

  const isRefused = outcome === 'refused';
  expect(decision.refused.map(({ entry: about, problems }) => [about, problems[0].code])).toEqual(
    isRefused ? [[entry, cell.letter]] : [],
  );
  const decided = decision.outcomes[0];
  expect(decision.commit.inbox_done).toEqual(
    seen.inbox === 'done' && !isRefused && entry ? [{ inbox_id: entry.inbox_id, outcome: decided }] : [],
  );
  expect(decision.commit.expected_revision).toBe(built.state.revision);

  const goesOn = cell.head === 'again' && seen.goes_on;
  checkHead(built, decision, { ...cell, head: cell.head === 'again' && !goesOn ? 'stays' : cell.head });
  checkHistory(
    built,
    decision,
    system,
    cell.history.filter((row) => row !== 'again' || goesOn),
  );
  checkHeld(built, decision, system, seen.held === 'table' ? cell.held : 'unchanged');
  checkConflict(built, decision, cell);
}

const headOf = ({ version, record, state }: Built, head: Decided['head']): number | null => {
  const before = state.head?.version ?? 0;
  switch (head) {
    case 'stays':
      return null;
    case 'own':
      return version;
    case 'next':
      return before + 1;
    case 'above':
      return Math.max(before, ...TARGETS.map((target) => state.held[target]?.version ?? 0)) + 1;
    case 'again':
      return Math.max(before, record.version) + 1;
  }
};

function checkHead(built: Built, { commit, state }: Decision, { head, time }: Decided): void {
  const version = headOf(built, head);
  if (version === null) {
    expect(commit.head).toBeNull();
    expect(state.head).toEqual(built.state.head);
    return;
  }
  const content = head === 'again' ? built.state.head?.content : built.means;
  const when = head === 'again' ? built.state.head?.last_updated : time === 'now' ? NOW : built.record.last_updated;
  expect(commit.head).toEqual({
    contact_id: ID,
    version,
    last_updated: when,
    last_updated_by: 'somebody',
    content,
    content_hash: contentHash(content ?? null),
  });
  expect(state.head).toEqual(commit.head);
}

type Row = Pick<HistoryRow, 'status' | 'source' | 'content'> & { readonly version: number | undefined };

function rowsOf(row: HistoryGets, { means = null, state, version }: Built, decision: Decision, system: System): Row[] {
  const accepted = decision.commit.head?.version;
  switch (row) {
    case 'accepted':
      return [{ version: accepted, status: 'accepted', source: system, content: means }];
    case 'superseded':
      return [{ version, status: 'superseded', source: system, content: means }];
    case 'again':
      return [{ version: accepted, status: 'accepted', source: null, content: state.head?.content ?? null }];
    case 'rivals': {
      const [, ...rivals] = state.conflict?.candidates ?? [];
      const tied = state.conflict?.version;
      return rivals.map(({ content }) => ({ version: tied, status: 'superseded', source: 'bigquery', content }));
    }
  }
}

function checkHistory(built: Built, decision: Decision, system: System, rows: Decided['history']): void {
  const { commit, state } = decision;
  const expected = rows.flatMap((row) => rowsOf(row, built, decision, system));
  expect(commit.history).toMatchObject(expected);
  expect(commit.history).toHaveLength(expected.length);
  expect(state.versions).toHaveLength(built.state.versions.length + expected.length);
  // An analyst's version is in BigQuery already, unless it got another number.
  for (const row of commit.history) {
    const isAnalysts = system === 'bigquery' && row.source === system && row.status === 'accepted';
    expect(row.appended).toBe(isAnalysts && row.version === built.record.version);
  }
}

function checkHeld(built: Built, { commit, state }: Decision, system: System, held: Decided['held']): void {
  const target = TARGETS.find((name) => name === system);
  const before = target && built.state.held[target];
  // What is not a contact yet has no head, and where it stands is not noted.
  if (target === undefined || held === 'unchanged') {
    expect(commit.held).toEqual([]);
    expect(target && state.held[target]).toEqual(before);
    return;
  }
  const content_hash = contentHash(contentHeld(built));
  const now = { version: held === 'zero' ? 0 : built.record.version, content_hash };
  expect(state.held[target]).toEqual(now);
  expect(commit.held).toEqual([{ target, ...now }]);
}

function contentHeld({ means }: Built): Content | null {
  if (means === undefined) throw new Error('what is no contact is held by nobody');
  return means;
}

function checkConflict(built: Built, { commit, state }: Decision, { conflict }: Decided): void {
  const before = built.state.conflict;
  switch (conflict) {
    case 'same':
      expect(commit).toMatchObject({ conflict: null, closed: [], events: [] });
      expect(state.conflict).toEqual(before);
      break;
    case 'opens':
    case 'grows': {
      expect(commit.events.map(({ event }) => event)).toEqual([conflict === 'opens' ? 'opened' : 'candidate_added']);
      expect(commit.closed).toEqual([]);
      expect(commit.conflict).toEqual(state.conflict);
      const candidates = state.conflict?.candidates ?? [];
      expect(candidates).toHaveLength(conflict === 'opens' ? 2 : (before?.candidates.length ?? 0) + 1);
      expect(candidates[0]?.content).toEqual(built.state.head?.content);
      expect(candidates.at(-1)?.content).toEqual(built.means);
      break;
    }
    case 'closes':
      expect(commit.events.map(({ event }) => event)).toEqual(['superseded']);
      expect(commit.closed).toEqual([
        { conflict_id: before?.conflict_id, status: 'superseded', by: null, chosen: null },
      ]);
      expect(state.conflict).toBeNull();
  }
}
