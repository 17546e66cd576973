/** Bad input in the ledger, and what ingest decides over it: what adapters read of records that somebody spoilt. */
import {
  CONTENT_FIELDS,
  type Content,
  contactId,
  fromMillis,
  isContactId,
  type Json,
  type Lens,
  lensOf,
  MAX_VERSION,
  parseContent,
  plainJson,
  type Timestamp,
  timestamp,
} from '@contact-sync/contact';
import {
  type Change,
  decideBatch,
  type Outcome,
  type Surroundings,
  SyncError,
  type SystemRecord,
} from '@contact-sync/sync';
import { ABSURD_VERSIONS, CANARY, hostileFields, hostileText, nestedText, worked } from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf, NOW, type Rig, rig } from './rig.ts';
import { contactState, deadLetter } from './shapes.ts';

let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

/** Of a system that holds all of a contact under its own names. */
const lens: Lens = lensOf(
  CONTENT_FIELDS.map((field) => {
    // Content is JSON by construction.
    const value = (content: Content) => (content[field] ?? null) as Json;
    return {
      content: [field],
      read: (fields) => fields[field] ?? null,
      expected: value,
      write: (content) => ({ [field]: value(content) }),
      put: (fields) => ({ [field]: fields[field] ?? undefined }),
    };
  }),
);

const around = (counts_versions: boolean): Surroundings => ({
  system: counts_versions ? 'local' : 'twenty',
  lens,
  counts_versions,
  now: NOW,
  latest: fromMillis(Date.parse(NOW) + 300_000),
  skew_ms: 300_000,
  max_version_jump: 1_000,
});

const times: readonly Timestamp[] = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', NOW].map(timestamp);

const hostileRecord = fc
  .record({
    version: fc.constantFrom(...ABSURD_VERSIONS.map(Number).filter(Number.isFinite), 1, 2, 3),
    last_updated: fc.constantFrom(...times),
    last_updated_by: hostileText,
    deleted: fc.boolean(),
    fields: hostileFields,
  })
  .map(({ fields, ...more }) => ({
    ...more,
    // As adapters give them.
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainJson(value)])),
  }));

interface Batch {
  readonly changes: readonly Change[];
  /** Records that are as they should be. */
  readonly good: ReadonlySet<string>;
}

/** Good edits with bad ones between them. */
const batch = (round: number): fc.Arbitrary<Batch> =>
  fc.array(fc.tuple(fc.boolean(), hostileRecord, hostileText), { minLength: 4, maxLength: 12 }).map((items) => {
    const good = new Set<string>();
    const changes = items.map(([spoilt, record, text], index): Change => {
      const record_id = spoilt ? `${index}${text.slice(0, 200).toWellFormed().replaceAll('\0', '')}` : `good ${index}`;
      if (!spoilt) good.add(record_id);
      const contact_id = idOf(index);
      const fine = { version: round, last_updated: NOW, last_updated_by: 'x', deleted: false };
      const told: SystemRecord = spoilt
        ? { ...record, record_id, contact_id: record.deleted ? null : contact_id }
        : { ...fine, record_id, contact_id, fields: { canonical_name: `Ada ${round}` } };
      return { key: `${round} ${index} ${spoilt ? text : ''}`, record_id, record: told };
    });
    return { changes, good };
  });

/** Receives and decides as ingest does, round after round. @returns what became of each record */
async function ingested(
  { changes }: Batch,
  surroundings: Surroundings,
): Promise<ReadonlyMap<string, readonly Outcome[]>> {
  const { system } = surroundings;
  const ids = [...new Set(changes.map(({ record_id }) => record_id))];
  const told = await at.ledger.receive(system, changes, null);
  expect([...told].sort()).toEqual(ids.toSorted());
  const outcomes = new Map<string, readonly Outcome[]>();
  let remaining: readonly string[] = told;
  for (let round = 0; remaining.length > 0 && round < 20; round++) {
    const snapshot = await at.ledger.snapshot(system, remaining, []);
    const decided = decideBatch(
      { record_ids: remaining, current: new Map(), snapshot, replay: false },
      surroundings,
      Math.random,
    );
    for (const { commit } of decided.decisions.map(({ decision }) => decision))
      for (const row of commit.history) {
        expect(Number.isSafeInteger(row.version) && row.version >= 1 && row.version < MAX_VERSION).toBe(true);
        expect(row.last_updated_by.length).toBeLessThanOrEqual(200);
        expect(row.last_updated <= surroundings.latest).toBe(true);
        if (row.content !== null) expect(parseContent(row.content)).toEqual({ ok: true, content: row.content });
      }
    expect(JSON.stringify(decided.rejections.map(({ letter }) => ({ ...letter, key: '' })))).not.toContain(CANARY);
    const { lost, letters } = await at.ledger.commit(
      decided.decisions.map(({ decision }) => decision.commit),
      decided.rejections,
    );
    expect(lost.size).toBe(0);
    for (const letter of letters) deadLetter.parse(letter);
    for (const { record_id, decision } of decided.decisions) outcomes.set(record_id, decision.outcomes);
    for (const [id, outcome] of decided.settled) outcomes.set(id, outcome);
    remaining = decided.again;
  }
  return outcomes;
}

describe.each([true, false])('edits of a system that counts versions: %s', (counts) => {
  it('are each decided over or lie in a dead letter, whatever they hold; the good ones are heads', async () => {
    await fc.assert(
      fc.asyncProperty(batch(1), batch(2), async (first, second) => {
        await at.empty();
        for (const one of [first, second]) {
          const outcomes = await ingested(one, around(counts));
          const undecided = await at.sql(
            'select from inbox i where done_at is null and not exists (select from dead_letters d where d.dead_letter_id = i.dead_letter_id)',
          );
          expect(undecided).toHaveLength(0);
          for (const id of one.good) expect(outcomes.get(id), id).toBeDefined();
        }
        const states = await at.ledger.contacts(Array.from({ length: 12 }, (_, index) => idOf(index)));
        for (const state of states.values()) contactState.parse(state);
        for (const { record_id, record } of first.changes)
          if (first.good.has(record_id) && record.contact_id)
            expect(states.get(record.contact_id)?.head?.content?.canonical_name, record_id).toMatch(/^Ada/);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});

it.each(['4503599627370497', '9007199254740991', '9007199254740997', '1e308', '1.5'])(
  'a contact does not begin with the version %s',
  async (text) => {
    const record = {
      version: Number(text),
      last_updated: NOW,
      last_updated_by: 'x',
      deleted: false,
      record_id: 'r',
      contact_id: idOf(1),
      fields: { canonical_name: 'Ada' },
    };
    const outcomes = await ingested({ changes: [{ key: 'k', record_id: 'r', record }], good: new Set() }, around(true));
    expect(outcomes.get('r')).toEqual(['refused']);
    expect((await at.ledger.deadLetters()).map(({ code, key }) => [code, key])).toEqual([['VERSION_IMPLAUSIBLE', 'r']]);
  },
);

it('an edit of several megabytes, or nested as deep as JSON may be, is kept and told back', async () => {
  const record = (fields: SystemRecord['fields'], record_id: string): Change => ({
    key: record_id,
    record_id,
    record: {
      version: 1,
      last_updated: NOW,
      last_updated_by: 'x'.repeat(3 << 20),
      deleted: false,
      record_id,
      contact_id: null,
      fields,
    },
  });
  const deep = plainJson(JSON.parse(nestedText(100_000)));
  await ingested(
    {
      changes: [
        record({ canonical_name: 'Ada', organization: 'x'.repeat(9 << 20) }, 'large'),
        record({ llm_context: deep }, 'deep'),
        record({ canonical_name: 'Ada' }, 'good'),
      ],
      good: new Set(),
    },
    around(true),
  );
  expect((await at.ledger.deadLetters()).map(({ code, key }) => `${key} ${code}`).sort()).toEqual([
    'deep TOO_LARGE',
    'large TOO_LARGE',
  ]);
  expect((await at.ledger.status()).contacts).toBe(1);
});

it('thousands of edits of one record at once, of absurd numbers and times, are each decided over soon', async () => {
  const changes = Array.from({ length: 1_000 }, (_, n): Change => {
    const more = { version: n % 50, last_updated: times[n % 3] ?? NOW, last_updated_by: CANARY, deleted: n % 7 === 0 };
    const record = { ...more, record_id: 'r', contact_id: idOf(1), fields: { canonical_name: `Ada ${n}` } };
    return { key: `${n}`, record_id: 'r', record };
  });
  const start = worked();
  const outcomes = await ingested({ changes, good: new Set() }, around(true));
  expect(worked() - start).toBeLessThan(8_000);
  expect(outcomes.get('r')).toHaveLength(1_000);
});

describe('what people give', () => {
  it('as ids of dead letters, conflicts or contacts finds nothing and harms nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(hostileText, fc.constantFrom(...ABSURD_VERSIONS)), { maxLength: 5 }),
        async (texts) => {
          const ids = texts.map((text) => text.slice(0, 10_000));
          expect(await at.ledger.deadLetters({ ids })).toEqual([]);
          await at.ledger.closeDeadLetters(ids, 'discarded', ids.join());
          for (const run of [() => at.ledger.conflicts(ids), () => at.ledger.linked('local', ids.join(), 10)])
            expect(await run().catch((error: unknown) => (error instanceof SyncError ? [] : error))).toEqual([]);
          expect((await at.ledger.contacts(ids.filter(isContactId))).size).toBe(0);
        },
      ),
      { numRuns: 30, endOnFailure: true },
    );
    expect(contactId('7')).toBe('7');
  });

  it('as the keys of jobs, NUL and all, finds what there is of the others', async () => {
    await at.ledger.receive(
      'local',
      [
        {
          key: 'k',
          record_id: 'r',
          record: {
            version: 1,
            last_updated: NOW,
            last_updated_by: 'x',
            deleted: false,
            record_id: 'r',
            contact_id: null,
            fields: {},
          },
        },
      ],
      null,
    );
    const snapshot = await at.ledger.snapshot('local', ['r', '\0', `${CANARY}\0`, '\ud800', ' ', '__proto__'], []);
    expect(snapshot.inbox).toHaveLength(1);
  });
});
