/** Each cell of the table that tells whose a record is. */
import { type ContactId, isContactId } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import {
  CLAIMS,
  type Claim,
  IDENTITY,
  LINKS,
  type Link,
  PRESENCES,
  type Presence,
  type Whose,
} from '../spec/identity.ts';
import { keysOf } from '../spec/words.ts';
import {
  type ContactState,
  decide,
  decideBatch,
  type Snapshot,
  type SystemRecord,
  unknownContact,
} from '../src/index.ts';
import { around, at, kept } from './ingest-cases.ts';

const LINKED = '101' as ContactId;
const NAMED = '202' as ContactId;
const RECORD = 'the record';

const record = (contact_id: ContactId | null, change: Partial<SystemRecord> = {}): SystemRecord => ({
  record_id: RECORD,
  contact_id,
  version: 1,
  last_updated: at(0),
  last_updated_by: 'somebody',
  deleted: false,
  fields: { canonical_name: 'Ada' },
  ...change,
});

function contact(id: ContactId, record_id: string, system: 'local' | 'supabase', deleted = false): ContactState {
  const born = decide(unknownContact(id), [], record(id, { record_id }), around(system)).state;
  if (!deleted) return born;
  return decide(born, [], record(id, { record_id, version: 2, last_updated: at(1), deleted: true }), around(system))
    .state;
}

/** Its deletion there lost against a later edit elsewhere. */
function removed(id: ContactId, record_id: string): ContactState {
  const born = contact(id, record_id, 'supabase');
  const edit = record(id, {
    record_id: 'elsewhere',
    version: 2,
    last_updated: at(5),
    fields: { canonical_name: 'Bea' },
  });
  const edited = decide(born, [], edit, around('local')).state;
  const gone = record(id, { record_id, version: 2, last_updated: at(1), deleted: true });
  return decide(edited, [], gone, around('supabase')).state;
}

function snapshotOf(link: Link, claim: Claim, edit: SystemRecord | null): Snapshot {
  const named = {
    nobody: [],
    free: [contact(NAMED, 'elsewhere', 'local')],
    taken: [contact(NAMED, 'another record', 'supabase')],
    taken_deleted: [contact(NAMED, 'another record', 'supabase', true)],
    taken_removed: [removed(NAMED, 'another record')],
  }[claim];
  const linked = link === 'linked' ? [contact(LINKED, RECORD, 'supabase')] : [];
  return {
    inbox: edit === null ? [] : [kept(edit)],
    links: new Map(link === 'linked' ? [[RECORD, LINKED]] : []),
    contacts: new Map([...named, ...linked].map((state) => [state.contact_id, state])),
  };
}

/** What the batch made of the record, in the words of the table. */
function whose(stands: SystemRecord | null, edit: SystemRecord | null, snapshot: Snapshot): Whose {
  const current = new Map(stands === null ? [] : [[RECORD, stands]]);
  const observed = { record_ids: [RECORD], current, snapshot, replay: false };
  const { decisions, rejections, settled } = decideBatch(observed, around('supabase'), () => 0.5);
  if (decisions.length === 0) {
    expect(rejections).toMatchObject([{ contact_id: null, letter: { code: 'DUPLICATE_RECORD', key: RECORD } }]);
    expect(rejections[0]?.inbox_ids).toHaveLength(edit === null ? 0 : 1);
    expect(settled.get(RECORD)).toEqual(['refused']);
    return 'duplicate';
  }
  const { decision } = decisions[0] ?? {};
  const id = decision?.commit.contact_id;
  if (id === LINKED) return 'the linked';
  // How a former record stands is no observation at all, and its contact keeps the record it has.
  if (id === NAMED && decision?.outcomes.length === (edit === null ? 0 : 1) && stands !== null) {
    expect(decision.commit.links).toEqual([]);
    return 'former';
  }
  if (id === NAMED) return 'the named';
  expect(id !== undefined && isContactId(id)).toBe(true);
  return decision?.commit.head === null ? 'nobody' : 'a new one';
}

describe.each(keysOf(LINKS))('a record that is %s', (link) => {
  describe.each(keysOf(CLAIMS))('and, as to whose it is: %s', (claim) => {
    it.each(keysOf(PRESENCES))('when it is %s', (presence: Presence) => {
      const expected = IDENTITY[link][claim][presence];
      const stands = record(claim === 'nobody' ? null : NAMED, { deleted: presence === 'gone' });
      expect(whose(stands, null, snapshotOf(link, claim, null))).toBe(expected);
      expect(whose(stands, stands, snapshotOf(link, claim, stands))).toBe(expected);
    });
  });
});
