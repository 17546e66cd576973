/** What a record is called that is compared with its contact's head: every name, and what comes before what. */
import { type Content, contentHash } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import type { ContactState, KnownVersion, SystemRecord } from '../src/index.ts';
import { type Named, nameOf, type Observed } from '../src/operators/drift-name.ts';
import { around, at, ID } from './ingest-cases.ts';

const titled = (job_title: string): Content => ({ canonical_name: 'Ada', organization: 'Engines', job_title });
const known = (version: number, content: Content | null, more: Partial<KnownVersion> = {}): KnownVersion => ({
  ...{ contact_id: ID, version, last_updated: at(version), last_updated_by: 'ann', content },
  ...{ content_hash: contentHash(content), status: 'accepted', source: 'local', recorded_at: at(version) },
  appended: true,
  ...more,
});
const [first, lost] = [known(1, titled('Analyst')), known(2, titled('Loser'), { status: 'superseded' })];

/** A contact of two versions, in step everywhere. */
function contactOf(head: KnownVersion, more: Partial<ContactState> = {}): ContactState {
  const { version, content_hash } = head;
  const held = { version, content_hash };
  return {
    ...{ contact_id: ID, revision: 2, head, versions: [first, lost, head], conflict: null },
    held: { supabase: held, local: held, twenty: held },
    links: { supabase: 'r', local: 'r', twenty: 'r' },
    ...more,
  };
}
const contact = contactOf(known(2, titled('Countess')));
const deleted = contactOf(known(2, null));
const behind = { ...contact, held: { local: { version: 1, content_hash: first.content_hash } } };
const tied: ContactState = {
  ...contact,
  conflict: {
    ...{ conflict_id: `${ID}-2`, contact_id: ID, version: 2, last_updated: at(2), events: 1 },
    candidates: [],
  },
};

const recordOf = (version: number, job_title: string, more: Partial<SystemRecord> = {}): SystemRecord => ({
  ...{ record_id: 'r', contact_id: ID, version, last_updated: at(version), last_updated_by: 'ann', deleted: false },
  fields: { canonical_name: 'Ada', organization: 'Engines', job_title },
  ...more,
});
const asHead = recordOf(2, 'Countess');
const old = recordOf(1, 'Analyst');
const edited = recordOf(3, 'Fellow');
const gone = recordOf(2, '', { deleted: true, fields: {} });

const quiet: Observed = {
  ...{ record: asHead, contact, own: true },
  ...{ waiting: false, lettered: false, discarded: false },
};
const seen = (more: Partial<Observed>): Observed => ({ ...quiet, ...more });
const EVERYTHING = { waiting: true, lettered: true, discarded: true };

type Row = readonly [string, Observed, Named['name'], readonly string[]];

const IN_STEP: readonly Row[] = [
  ['that holds the head', quiet, 'in_step', []],
  ['that holds the head, whatever the ledger believes', seen({ contact: behind, ...EVERYTHING }), 'in_step', []],
  ['that holds the head under another number', seen({ record: recordOf(1, 'Countess') }), 'in_step', []],
  ['that spells the head in another way', seen({ record: recordOf(2, ' Countess ') }), 'in_step', []],
  ['that is deleted as its contact is', seen({ record: gone, contact: deleted }), 'in_step', []],
  ['that is not there, of a deleted contact', seen({ record: null, contact: deleted }), 'in_step', []],
  ['that is not there, of no contact', seen({ record: null, contact: null, own: false }), 'in_step', []],
  ['that is deleted and was no contact', seen({ record: gone, contact: null, own: false }), 'in_step', []],
];

const DRIFT: readonly Row[] = [
  ['that holds a version before', seen({ record: old }), 'stale', ['job_title']],
  ['that holds a version that lost', seen({ record: recordOf(2, 'Loser') }), 'stale', ['job_title']],
  ['that lacks what it should hold', seen({ record: { ...asHead, incomplete: true } }), 'stale', []],
  ['that holds what nobody knows', seen({ record: recordOf(2, 'Fellow') }), 'edited_outside', ['job_title']],
  ['whose system counted an edit', seen({ record: edited }), 'lost_notification', ['job_title']],
  ['whose system counted an edit back', seen({ record: recordOf(3, 'Analyst') }), 'lost_notification', ['job_title']],
  [
    'whose number nobody can read',
    seen({ record: { ...edited, version: Number.NaN } }),
    'edited_outside',
    ['job_title'],
  ],
  [
    'whose number the hub gave, though its head has a lower one',
    seen({
      record: edited,
      contact: { ...contact, held: { local: { version: 3, content_hash: contentHash(titled('Countess')) } } },
    }),
    'edited_outside',
    ['job_title'],
  ],
  ['that holds what would tie', seen({ record: recordOf(2, 'Rival') }), 'edited_outside', ['job_title']],
  ['that holds what would lose', seen({ record: recordOf(1, 'Rival') }), 'edited_outside', ['job_title']],
  ['that holds what is no contact', seen({ record: recordOf(2, '\0') }), 'edited_outside', []],
  ['that is deleted, and its contact lives', seen({ record: gone }), 'edited_outside', ['deleted']],
  ['that somebody deleted', seen({ record: { ...gone, version: 3 } }), 'lost_notification', ['deleted']],
  ['that somebody revived', seen({ record: edited, contact: deleted }), 'lost_notification', ['deleted']],
  [
    'that says it is another contact',
    seen({ record: { ...asHead, contact_id: null } }),
    'edited_outside',
    ['contact_id'],
  ],
  ['of no contact', seen({ record: edited, contact: null, own: false }), 'extra', []],
  ['that only says it is the contact', seen({ own: false }), 'extra', []],
  ['that only says it is one in conflict', seen({ own: false, contact: tied }), 'extra', []],
  ['that only says it is one that is behind', seen({ own: false, contact: behind }), 'extra', []],
  ['of a deleted contact', seen({ record: old, contact: deleted }), 'extra', ['deleted']],
  ['that is not there', seen({ record: null }), 'missing', []],
];

const EXPLAINED: readonly Row[] = [
  ['behind', seen({ record: old, contact: behind }), 'pending', ['job_title']],
  ['not there, and behind', seen({ record: null, contact: { ...contact, held: {} } }), 'pending', []],
  ['with an edit that waits', seen({ record: edited, waiting: true }), 'pending', ['job_title']],
  ['of no contact, with an edit that waits', seen({ contact: null, own: false, waiting: true }), 'pending', []],
  [
    'that came there, and whose receipt did not',
    seen({ own: false, contact: { ...contact, held: {}, links: {} } }),
    'pending',
    [],
  ],
  ['in conflict, whatever else', seen({ record: edited, contact: tied, ...EVERYTHING }), 'in_conflict', ['job_title']],
  ['that waits, whatever letter there is', seen({ record: edited, ...EVERYTHING }), 'pending', ['job_title']],
  [
    'in a letter, behind or not',
    seen({ record: old, contact: behind, lettered: true }),
    'dead_lettered',
    ['job_title'],
  ],
  ['parked by a letter given up', seen({ record: old, contact: behind, discarded: true }), 'discarded', ['job_title']],
  ['whose edit was given up', seen({ record: edited, discarded: true }), 'discarded', ['job_title']],
];

describe('a record', () => {
  it.each([...IN_STEP, ...DRIFT, ...EXPLAINED])('%s', (_, observed, name, fields) => {
    expect(nameOf(observed, around('local'))).toEqual({ name, fields });
  });

  it('differs in nothing that its system cannot hold', () => {
    const { organization: _, ...fields } = asHead.fields;
    expect(nameOf(seen({ record: { ...asHead, fields } }), around('twenty')).name).toBe('in_step');
    expect(nameOf(seen({ record: { ...edited, fields: { ...fields, job_title: 'x' } } }), around('twenty'))).toEqual({
      name: 'edited_outside',
      fields: ['job_title'],
    });
  });

  it('of Twenty, which counts nothing, was told of only where a person did it', () => {
    const { organization: _, ...fields } = recordOf(2, 'Fellow').fields;
    const typed = recordOf(2, 'Fellow', { fields });
    expect(nameOf(seen({ record: { ...typed, edited: true } }), around('twenty')).name).toBe('lost_notification');
    expect(nameOf(seen({ record: { ...typed, version: 3 } }), around('twenty')).name).toBe('edited_outside');
  });

  it('of BigQuery is behind by its versions, and is missing though its contact is deleted', () => {
    const unappended = { ...contact, versions: [first, known(2, titled('Countess'), { appended: false })], held: {} };
    expect(nameOf(seen({ record: old, contact: unappended }), around('bigquery')).name).toBe('pending');
    expect(nameOf(seen({ record: old, contact: { ...contact, held: {} } }), around('bigquery')).name).toBe('stale');
    expect(nameOf(seen({ record: null, contact: deleted }), around('bigquery')).name).toBe('missing');
  });
});
