/** Guards that are switched off, one at a time, and the test by name that has to notice each. */

export interface Mutant {
  /** Of the table; also what `--only` takes. */
  readonly name: string;
  /** What is switched off. */
  readonly guard: string;
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly test: { readonly file: string; readonly title: string };
}

const PROMISES = 'packages/simulator/test/promises.test.ts';
const DECIDE = 'packages/sync/test/decide.test.ts';
const POSTGRES = 'packages/system-postgres/test/conformance.test.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'version guard',
    guard: 'a database takes whatever rank comes',
    file: 'packages/contacts-sql/sql/07-write.sql',
    find: 'and (c.{{version}}, c.{{last_updated}}) < (i.version, i.last_updated)',
    replace: '',
    test: { file: POSTGRES, title: 'a stale version is not written, even if it was made later' },
  },
  {
    name: 'version guard (Twenty)',
    guard: 'a person of a higher number, or with an unheard edit, is written over',
    file: 'packages/system-twenty/src/plan.ts',
    find: 'if (record.version > version || !(isDelivery || (held !== null && holds(record, held, lens))))',
    replace: 'if (false)',
    test: {
      file: 'packages/system-twenty/test/conformance.test.ts',
      title: "a user's edit that the hub has not heard of is not written over by the next version",
    },
  },
  {
    name: 'late write (Twenty)',
    guard: 'the highest number, not the last write, tells how a person stands',
    file: 'packages/sync/src/standing.ts',
    find: 'counts_versions ? compareRank : compareTime',
    replace: 'compareRank',
    test: {
      file: 'packages/sync/test/standing.test.ts',
      title: 'stands as it was last written where versions are not counted: a late write brings an old number',
    },
  },
  {
    name: 'echo filter',
    guard: 'an unedited record is judged as an edit',
    file: 'packages/sync/src/judge.ts',
    find: 'if (unedited && !isUndone(record, unedited, known, around))',
    replace: 'if (false)',
    test: { file: DECIDE, title: 'that shows an old version again late is an echo behind the head, not an edit' },
  },
  {
    name: 'sweeper',
    guard: 'pending deliveries are not looked for',
    file: 'packages/sync/src/sweep.ts',
    find: 'if (contacts.length > 0) await parts.queues.propagate(target, contacts);',
    replace: '',
    test: {
      file: PROMISES,
      title: 'when the only process dies at each of its requests, and the queue forgets what it was doing',
    },
  },
  {
    name: 'sweeper (inbox)',
    guard: 'edits that nobody decided over are not looked for',
    file: 'packages/sync/src/sweep.ts',
    find: 'if (records.length > 0) await parts.queues.ingest(system, records);',
    replace: '',
    test: {
      file: PROMISES,
      title: 'when the only process dies at each of its requests, and the queue forgets what it was doing',
    },
  },
  {
    name: 'sweeper (BigQuery)',
    guard: 'versions that BigQuery was not told of are not looked for',
    file: 'packages/sync/src/sweep.ts',
    find: 'if (left.rows.length + left.events.length === 0) return 0;',
    replace: 'if (left.rows.length + left.events.length >= 0) return 0;',
    test: {
      file: PROMISES,
      title: 'when the only process dies at each of its requests, and the queue forgets what it was doing',
    },
  },
  {
    name: 'tie rule',
    guard: 'an exact tie goes to whoever was there first',
    file: 'packages/contact/src/resolver.ts',
    find: "if (order === 0) return { kind: 'conflict', reason: 'exact_tie' };",
    replace: '',
    test: { file: PROMISES, title: 'by a tie of each two systems: one conflict, which holds both' },
  },
  {
    name: 'outbox ack',
    guard: 'edits that are safe in the ledger are never acknowledged',
    file: 'packages/sync/src/intake.ts',
    find: 'if (page.changes.length > 0) await adapter.ack(page.changes.map(({ key }) => key));',
    replace: '',
    test: { file: PROMISES, title: 'in twenty-five histories of any kind' },
  },
  {
    name: 'outbox ack (order)',
    guard: 'edits are acknowledged before they are safe',
    file: 'packages/sync/src/intake.ts',
    find: 'const records = await parts.ledger.receive(system, page.changes, page.cursor);',
    replace:
      'if (page.changes.length > 0) await adapter.ack(page.changes.map(({ key }) => key));\n    const records = await parts.ledger.receive(system, page.changes, page.cursor);',
    test: {
      file: PROMISES,
      title: 'when the only process dies at each of its requests, and the queue forgets what it was doing',
    },
  },
  {
    name: 'dead-letter sweeper',
    guard: 'jobs that their queue gave up on stay where they failed',
    file: 'packages/sync/src/sweep.ts',
    find: 'if (failed.length === 0) continue;',
    replace: 'if (failed.length >= 0) continue;',
    test: {
      file: 'apps/worker/test/worker.test.ts',
      title: 'a job that fails for good is a dead letter soon, without waiting for a sweep',
    },
  },
  {
    name: 'commit guard',
    guard: 'a decision on a state that has moved on is written all the same',
    file: 'packages/sync/src/decide.ts',
    find: 'expected_revision: before.revision,',
    replace: 'expected_revision: -1,',
    test: { file: DECIDE, title: 'that carries a higher version is accepted under it' },
  },
  {
    name: 'tombstones told',
    guard: 'a system that is not known to hold a contact is not told of its deletion',
    file: 'packages/sync/src/following.ts',
    find: 'return held === undefined || held',
    replace: 'return held === undefined ? head.content !== null : held',
    test: { file: 'packages/sync/test/following.test.ts', title: 'that is not known to have had what was deleted' },
  },
  {
    name: 'category X',
    guard: 'a contact of category X is shown like any other',
    file: 'packages/prompt/src/admission.ts',
    find: "if (normal(category) === 'X' || normal(subcategory)?.startsWith('X')) return 'CATEGORY_X';",
    replace: "if (normal(category) === 'X') return null;",
    test: {
      file: 'packages/prompt/test/admission.test.ts',
      title: 'no character is in any output, whatever is asked',
    },
  },
  {
    name: 'category X elsewhere',
    guard: 'what a system shows is believed, though the contact was excluded in another',
    file: 'packages/sync/src/services/contact-source.ts',
    find: "isExcluded || said.some((one) => one?.category_code === 'X')",
    replace: 'false',
    test: {
      file: 'apps/demo/test/services.test.ts',
      title: 'sees as excluded what was excluded anywhere, whatever the system says that it asks',
    },
  },
  {
    name: 'echo storm',
    guard: 'two programs that undo each other’s edits are served as fast as they edit',
    file: 'packages/ledger/sql/5-deliver.sql',
    find: "where storm is not null and written > statement_timestamp() - interval '1 minute'",
    replace: "where false and written > statement_timestamp() - interval '1 minute'",
    test: {
      file: 'packages/ledger/test/brake-table.test.ts',
      title: 'goes as it stands, once the minute is over, though nobody told of it meanwhile',
    },
  },
  {
    name: 'echo storm (sweeper)',
    guard: 'the sweeper tells of a braked contact, and its wait grows while nobody may bring it',
    file: 'packages/ledger/sql/6-inbox.sql',
    find: 'and not exists (select from contact_sync_ledger.braked(d.contact_id, d.written_at, storm))',
    replace: '',
    test: {
      file: 'packages/ledger/test/brake-table.test.ts',
      title: 'goes as it stands, once the minute is over, though nobody told of it meanwhile',
    },
  },
  {
    name: 'discarded delivery',
    guard: 'what a person gave up is sent again by the next sweep',
    file: 'packages/ledger/sql/3-letters.sql',
    find: "and how <> 'discarded'",
    replace: '',
    test: {
      file: 'packages/ledger/test/letters.test.ts',
      title: 'is not sent to that target any more, and nothing counts as left to do',
    },
  },
  {
    name: 'category X stays',
    guard: 'an old address book shows again who was excluded since',
    file: 'packages/sync/src/operators/import.ts',
    find: "if (last?.category_code === 'X' && merged.ok && merged.content.category_code !== 'X')",
    replace: 'if (false)',
    test: {
      file: 'apps/demo/test/desk.test.ts',
      title: 'are refused where somebody was excluded, be it before a deletion, or has to be decided over',
    },
  },
];
