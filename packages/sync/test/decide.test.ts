import {
  type ContactId,
  type Content,
  contentHash,
  fromMillis,
  type Lens,
  lensOf,
  type Part,
  type Timestamp,
  timestamp,
} from '@contact-sync/contact';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  behindOf,
  type ContactState,
  decide,
  decree,
  type InboxEntry,
  type Surroundings,
  type System,
  type SystemRecord,
  unknownContact,
} from '../src/index.ts';

const ID = '9007199254740993' as ContactId;
const NOW = timestamp('2026-11-22T12:00:00Z');
const at = (seconds: number): Timestamp => fromMillis(Date.parse('2026-11-22T11:00:00Z') + seconds * 1000);

/** A system that holds these fields as they are, under their own names. */
const lens = (...fields: (keyof Content)[]): Lens =>
  lensOf(
    fields.map(
      (field): Part => ({
        content: [field],
        read: (record) => record[field] ?? null,
        expected: (content) => (content[field] ?? null) as string | null,
        write: (content) => ({ [field]: (content[field] ?? null) as string | null }),
        put: (record) => ({ [field]: record[field] }),
      }),
    ),
  );
const rich = lens('canonical_name', 'organization', 'job_title', 'category_code');
const poor = lens('canonical_name', 'job_title');

const around = (system: System): Surroundings => ({
  system,
  lens: system === 'twenty' ? poor : rich,
  counts_versions: system !== 'twenty',
  now: NOW,
  latest: timestamp('2026-11-22T12:05:00Z'),
  skew_ms: 300_000,
  max_version_jump: 1000,
});

const record = (
  version: number,
  seconds: number,
  fields: SystemRecord['fields'],
  more: Partial<SystemRecord> = {},
): SystemRecord => ({
  record_id: 'r1',
  contact_id: ID,
  version,
  last_updated: at(seconds),
  last_updated_by: 'somebody',
  deleted: false,
  fields,
  ...more,
});
let entries = 0;
const kept = (edit: SystemRecord, dead_letter_id: string | null = null): InboxEntry => ({
  inbox_id: `${++entries}`,
  record: edit,
  dead_letter_id,
});

/** The state after these edits, each as its system holds it now. */
function after(...edits: [System, SystemRecord][]): ContactState {
  return edits.reduce(
    (state, [system, edit]) => decide(state, [kept(edit)], edit, around(system)).state,
    unknownContact(ID),
  );
}
const ada = { canonical_name: 'Ada', organization: 'Engines', job_title: 'Analyst' };
const born = after(['local', record(1, 0, ada)]);

describe('a record of a contact that nobody knew', () => {
  it('becomes its first version, linked to where it was born', () => {
    const { commit, outcomes } = decide(unknownContact(ID), [], record(1, 0, ada), around('local'));
    expect(outcomes).toEqual(['accepted']);
    expect(commit.head).toMatchObject({
      contact_id: ID,
      version: 1,
      content: ada,
      content_hash: contentHash(born.head?.content ?? null),
    });
    expect(commit.links).toEqual([{ system: 'local', record_id: 'r1' }]);
    expect(commit.held).toEqual([{ target: 'local', version: 1, content_hash: commit.head?.content_hash }]);
  });

  it('born without a name is sent its contact_id, though it holds everything else', () => {
    const { commit, state } = decide(unknownContact(ID), [], record(1, 0, ada, { contact_id: null }), around('local'));
    expect(commit.held).toEqual([]);
    expect(state.held.local).toBeUndefined();
  });

  it('that is not seen to stand leaves the place to the record that came after it, whatever its last kept edit says', () => {
    const stood = record(0, 5, { ...ada, job_title: 'told late' }, { record_id: 'former' });
    const removed = record(0, 4, {}, { record_id: 'former', deleted: true });
    const links = (state: ContactState) =>
      decide(state, [kept(stood), kept(removed)], null, around('local')).commit.links;
    expect(links(born)).toEqual([]);
    expect(links({ ...born, links: {} })).toEqual([{ system: 'local', record_id: 'former' }]);
    const seen = decide(born, [], { ...stood, version: 2 }, around('local'));
    expect(seen.commit.links).toEqual([{ system: 'local', record_id: 'former', replaces: 'r1' }]);
  });

  it('is nothing to do with when it was deleted already', () => {
    const gone = record(1, 0, ada, { deleted: true });
    expect(decide(unknownContact(ID), [], gone, around('twenty'))).toMatchObject({
      outcomes: ['ignored'],
      commit: { head: null, history: [] },
    });
  });
});

describe('an edit', () => {
  it('that carries a higher version is accepted under it', () => {
    const { commit } = decide(born, [], record(2, 5, { ...ada, job_title: 'Countess' }), around('supabase'));
    expect(commit.head).toMatchObject({ version: 2, last_updated: at(5) });
    expect(commit.expected_revision).toBe(born.revision);
  });

  it('made at the same version but later wins, under a number of its own', () => {
    const state = after(['local', record(1, 0, ada)], ['local', record(2, 5, { ...ada, job_title: 'first' })]);
    const { commit } = decide(state, [], record(2, 6, { ...ada, job_title: 'later' }), around('supabase'));
    expect(commit.head).toMatchObject({ version: 3, content: { job_title: 'later' } });
  });

  it('made at the same version but earlier is superseded, and its system is sent the head', () => {
    const state = after(['local', record(1, 0, ada)], ['local', record(2, 5, { ...ada, job_title: 'later' })]);
    const { commit, outcomes } = decide(state, [], record(2, 4, { ...ada, job_title: 'earlier' }), around('supabase'));
    expect(outcomes).toEqual(['superseded']);
    expect(commit.head).toBeNull();
    expect(commit.history).toMatchObject([{ status: 'superseded', version: 2, content: { job_title: 'earlier' } }]);
    expect(commit.held[0]?.content_hash).not.toBe(state.head?.content_hash);
  });

  it('overwritten before anybody read it still becomes a version', () => {
    const edits = [
      kept(record(3, 7, { ...ada, job_title: 'second' })),
      kept(record(2, 6, { ...ada, job_title: 'first' })),
    ];
    const { commit, outcomes } = decide(born, edits, record(3, 7, { ...ada, job_title: 'second' }), around('local'));
    expect(outcomes).toEqual(['accepted', 'accepted', 'echo']);
    expect(commit.history.map(({ version, content }) => [version, content?.job_title])).toEqual([
      [2, 'first'],
      [3, 'second'],
    ]);
    expect(commit.inbox_done).toHaveLength(2);
  });

  it('told twice is an echo the second time', () => {
    const edit = record(2, 5, { ...ada, job_title: 'x' });
    const state = after(['local', record(1, 0, ada)], ['local', edit]);
    expect(decide(state, [kept(edit)], edit, around('local'))).toMatchObject({
      outcomes: ['echo', 'echo'],
      commit: { head: null, history: [] },
    });
  });

  it('that cannot be a valid contact is refused with its reason, and stays in the inbox', () => {
    const bad = kept(record(2, 5, { ...ada, category_code: 'Q' }));
    const { commit, refused } = decide(born, [bad], null, around('local'));
    expect(refused).toMatchObject([{ entry: bad, problems: [{ code: 'INVALID_CATEGORY', field: 'category_code' }] }]);
    expect(commit.inbox_done).toEqual([]);
    expect(commit.head).toBeNull();
  });

  it('that is refused, corrected and replayed is superseded by its correction', () => {
    const bad = record(2, 5, { ...ada, category_code: 'Q' });
    const good = record(3, 9, { ...ada, category_code: 'A' });
    const state = after(['local', record(1, 0, ada)], ['local', good]);
    const { outcomes, refused, commit } = decide(state, [kept(bad, '7')], good, around('local'));
    expect(outcomes).toEqual(['superseded', 'echo']);
    expect(refused).toEqual([]);
    expect(commit.inbox_done).toHaveLength(1);
  });

  it('whose version leaps implausibly is refused', () => {
    const { refused } = decide(born, [], record(5000, 5, { ...ada, job_title: 'x' }), around('local'));
    expect(refused[0]?.problems[0].code).toBe('VERSION_IMPLAUSIBLE');
  });

  it('from a clock that runs ahead counts as now', () => {
    const { commit } = decide(born, [], record(2, 86_400, { ...ada, job_title: 'x' }), around('local'));
    expect(commit.head?.last_updated).toBe(NOW);
  });

  it('that lost although its own rank refuses the head makes the head go on above it', () => {
    const ahead = record(2, 86_400, { ...ada, job_title: 'from the future' });
    const state: ContactState = {
      ...after(['local', record(1, 0, ada)], ['local', record(2, 5, { ...ada, job_title: 'x' })]),
    };
    const soon = { ...state, head: state.head && { ...state.head, last_updated: timestamp('2026-11-22T12:04:00Z') } };
    const { commit, outcomes } = decide(soon, [], ahead, around('supabase'));
    expect(outcomes).toEqual(['superseded']);
    expect(commit.head).toMatchObject({ version: 3, content: { job_title: 'x' } });
  });
});

describe('a system that does not count versions', () => {
  const linked = after(
    ['local', record(1, 0, ada)],
    ['twenty', record(1, 0, { canonical_name: 'Ada', job_title: 'Analyst' })],
  );

  it('makes the next version by an edit, and is then sent its number', () => {
    const { commit } = decide(
      linked,
      [],
      record(1, 9, { canonical_name: 'Ada', job_title: 'Countess' }),
      around('twenty'),
    );
    expect(commit.head).toMatchObject({ version: 2, content: { job_title: 'Countess' } });
    expect(commit.held).toMatchObject([{ target: 'twenty', version: 1 }]);
  });

  it('never erases what it cannot hold, not even what changed since it was delivered to', () => {
    const { state } = decide(linked, [], record(2, 5, { ...ada, organization: 'Newer' }), around('local'));
    const { commit } = decide(
      state,
      [],
      record(1, 9, { canonical_name: 'Ada', job_title: 'Countess' }),
      around('twenty'),
    );
    expect(commit.head?.content).toEqual({ canonical_name: 'Ada', job_title: 'Countess', organization: 'Newer' });
  });

  it('that was edited and at once set back stands as before it: that is an edit too, if its system can tell', () => {
    const stood = record(1, 0, { canonical_name: 'Ada', job_title: 'Analyst' });
    const edited = decide(born, [], record(1, 5, { ...stood.fields, job_title: 'Typo' }), around('twenty')).state;
    expect(edited.head).toMatchObject({ version: 2, content: { job_title: 'Typo' } });
    const back = { ...stood, last_updated: at(6), edited: true as const };
    const undone = decide(edited, [kept(back)], back, around('twenty'));
    expect(undone.outcomes).toEqual(['accepted', 'echo']);
    expect(undone.state.head).toMatchObject({ version: 3, content: ada });
    expect(undone.state.held.twenty).toMatchObject({ version: 1, content_hash: contentHash(ada) });
    expect(decide(undone.state, [kept(back)], back, around('twenty')).outcomes).toEqual(['echo', 'echo']);
    // What a stalled worker of the hub writes late looks the same, but for who wrote it.
    expect(decide(edited, [], { ...stood, last_updated: at(6) }, around('twenty')).outcomes).toEqual(['echo']);
  });

  it('that lacks what its system did not hold before has edited nothing, and is sent it', () => {
    const { organization: _, ...without } = ada;
    const lacking = record(1, 0, without, { incomplete: true });
    const { outcomes, state } = decide(born, [], lacking, around('local'));
    expect(outcomes).toEqual(['echo']);
    expect(state.held.local).toEqual({ version: 0, content_hash: born.head?.content_hash });
    const edit = record(2, 5, { ...without, job_title: 'Chief' }, { incomplete: true });
    const edited = decide(born, [], edit, around('local'));
    expect(edited.state.head).toMatchObject({ version: 2, content: { ...ada, job_title: 'Chief' } });
    expect(edited.state.held.local?.version).toBe(0);
  });

  it('that lacks fields and ranks above the head has the head go on above it, or nothing could complete it', () => {
    const { organization: _, ...without } = ada;
    const above = decide(born, [], record(2, 5, without, { incomplete: true }), around('local'));
    expect(above.state.head).toMatchObject({ version: 3, content: ada });
    expect(above.state.held.local?.version).toBe(0);
    const level = decide(born, [], record(1, 0, without, { incomplete: true }), around('local'));
    expect(level.state.head).toMatchObject({ version: 1 });
  });

  it('that lacks fields takes nothing back that was changed there meanwhile', () => {
    const { organization: _, ...without } = ada;
    const moved = decide(born, [], record(2, 3, { ...ada, organization: 'Works' }), around('supabase')).state;
    const edit = record(2, 5, { ...without, job_title: 'Chief' }, { incomplete: true });
    expect(decide(moved, [], edit, around('local')).state.head).toMatchObject({
      content: { ...ada, organization: 'Works', job_title: 'Chief' },
    });
  });

  it('that was set back after another system went on is superseded, and told once', () => {
    const stood = record(1, 0, { canonical_name: 'Ada', job_title: 'Analyst' });
    const edited = decide(born, [], record(1, 5, { ...stood.fields, job_title: 'Typo' }), around('twenty')).state;
    const moved = decide(edited, [], record(3, 7, { ...ada, job_title: 'Chief' }), around('local')).state;
    const back = { ...stood, last_updated: at(6), edited: true as const };
    const late = decide(moved, [kept(back)], back, around('twenty'));
    expect(late.outcomes).toEqual(['superseded', 'echo']);
    expect(late.state.head).toMatchObject({ content: { job_title: 'Chief' } });
  });

  it('that was removed and restored before anybody numbered it lives', () => {
    const stood = record(1, 0, { canonical_name: 'Ada', job_title: 'Analyst' });
    const removed = decide(born, [], { ...stood, last_updated: at(5), deleted: true }, around('twenty')).state;
    expect(removed.head).toMatchObject({ version: 2, content: null });
    const back = { ...stood, last_updated: at(6), edited: true as const };
    expect(decide(removed, [kept(back)], back, around('twenty')).state.head).toMatchObject({
      version: 3,
      content: ada,
    });
  });

  it('that shows an old version again late is an echo behind the head, not an edit', () => {
    const { state } = decide(linked, [], record(2, 5, { ...ada, job_title: 'Countess' }), around('local'));
    const late = decide(state, [], record(1, 99, { canonical_name: 'Ada', job_title: 'Analyst' }), around('twenty'));
    expect(late.outcomes).toEqual(['echo']);
    expect(late.commit.held).toMatchObject([{ target: 'twenty', version: 1 }]);
  });
});

describe('deletes', () => {
  const deleted = after(['local', record(1, 0, ada)], ['local', record(2, 5, ada, { deleted: true })]);

  it('are versions', () => {
    expect(deleted.head).toMatchObject({ version: 2, content: null });
  });

  it('are not undone by an older update', () => {
    const { outcomes } = decide(deleted, [], record(2, 4, { ...ada, job_title: 'stale' }), around('supabase'));
    expect(outcomes).toEqual(['superseded']);
  });

  it('are undone by a newer edit, which gets back what its system cannot hold', () => {
    const { commit } = decide(
      deleted,
      [],
      record(2, 9, { canonical_name: 'Ada', job_title: 'back' }),
      around('twenty'),
    );
    expect(commit.head).toMatchObject({ version: 3, content: { job_title: 'back', organization: 'Engines' } });
  });
});

describe('an exact tie', () => {
  const first = record(2, 5, { ...ada, job_title: 'one' });
  const second = record(2, 5, { ...ada, job_title: 'two' });
  const third = record(2, 5, { ...ada, job_title: 'three' });
  const tied = after(['local', record(1, 0, ada)], ['local', first], ['supabase', second]);

  it('opens one conflict with both candidates and leaves the head', () => {
    expect(tied.head).toMatchObject({ content: { job_title: 'one' } });
    expect(tied.conflict?.candidates.map(({ content }) => content?.job_title)).toEqual(['one', 'two']);
  });

  it('seen again changes nothing, and a third candidate joins the same conflict', () => {
    expect(decide(tied, [], second, around('supabase')).commit).toMatchObject({ conflict: null, events: [] });
    const { commit } = decide(tied, [], third, around('bigquery'));
    expect(commit.conflict?.conflict_id).toBe(tied.conflict?.conflict_id);
    expect(commit.conflict?.candidates).toHaveLength(3);
    expect(commit.events.map(({ event }) => event)).toEqual(['candidate_added']);
  });

  it('closes as superseded by a later edit, its candidates kept in history', () => {
    const { commit, state } = decide(tied, [], record(3, 9, { ...ada, job_title: 'later' }), around('local'));
    expect(commit.closed).toMatchObject([{ status: 'superseded' }]);
    expect(commit.history.map(({ status, content }) => [status, content?.job_title])).toEqual([
      ['superseded', 'two'],
      ['accepted', 'later'],
    ]);
    expect(state.conflict).toBeNull();
  });

  it('ends by a person’s choice in a version above everything', () => {
    const chosen = tied.conflict?.candidates[1]?.content ?? null;
    const { commit } = decree(tied, chosen, 'operator', NOW);
    expect(commit.head).toMatchObject({ version: 3, content: { job_title: 'two' }, last_updated_by: 'operator' });
    expect(commit.closed).toMatchObject([{ status: 'resolved', by: 'operator', chosen: commit.head?.content_hash }]);
    expect(commit.events.map(({ event }) => event)).toEqual(['resolved']);
  });
});

it('loses no edit, whatever the order: each is a version, an echo of one, in conflict or refused', () => {
  const system = fc.constantFrom<System>('local', 'supabase', 'bigquery');
  const edit = fc.tuple(
    system,
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('a', 'b', 'c', 'd'),
  );
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
      let state = born;
      const seen: string[] = [];
      for (const [from, version, seconds, job_title] of edits) {
        const one = record(version, seconds, { ...ada, job_title });
        const decision = decide(state, [kept(one)], one, around(from));
        const before = state.head?.version ?? 0;
        state = decision.state;
        seen.push(job_title);
        expect(state.head?.version ?? 0).toBeGreaterThanOrEqual(before);
      }
      const everywhere = [...state.versions, ...(state.conflict?.candidates ?? [])].map(
        ({ content }) => content?.job_title,
      );
      for (const title of seen) expect(everywhere).toContain(title);
      const accepted = state.versions.filter(({ status }) => status === 'accepted').map(({ version }) => version);
      expect(new Set(accepted).size).toBe(accepted.length);
    }),
    { numRuns: 500 },
  );
});

describe('a version that a person makes of a contact that nobody knew', () => {
  it('is its first, made in the hub, and every target is behind', () => {
    const { commit, state, outcomes } = decree(unknownContact(ID), ada, 'ann', NOW);
    expect(outcomes).toEqual(['accepted']);
    expect(commit).toMatchObject({
      ...{ contact_id: ID, expected_revision: 0, closed: [], events: [], held: [], links: [], inbox_done: [] },
      head: { version: 1, content: ada, last_updated: NOW, last_updated_by: 'ann' },
      history: [{ version: 1, status: 'accepted', source: null, appended: false }],
    });
    expect(behindOf([state])).toEqual({ supabase: [ID], local: [ID], twenty: [ID] });
  });

  it('bears a name that every system takes, whatever they call themselves', () => {
    const { commit } = decree(unknownContact(ID), ada, `a\0\ud800${'n'.repeat(300)}`, NOW);
    expect(commit.head?.last_updated_by).toBe(`a\ufffd\ufffd${'n'.repeat(197)}`);
  });
});
