/** The promises, where each is kept, and what checks it. `test/spec.test.ts` sees that all of it is there. */

export type PromiseId = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12';

/** From the root of the repository. `name`: of a function or an invariant, as it stands in the file. */
export interface Place {
  readonly file: string;
  readonly name: string;
}

/** `title`: of one test, as it stands in the file; without it the whole file checks the promise. */
export interface Check {
  readonly file: string;
  readonly title?: string;
}

export interface Promised {
  readonly statement: string;
  readonly kept: readonly Place[];
  readonly checked: readonly Check[];
}

const FLOW = 'apps/demo/test/flow.test.ts';
const SYSTEMS = 'apps/demo/test/systems.ts';
const SIMULATED = { file: 'packages/simulator/test/promises.test.ts' } as const;
const INGEST_TABLE = 'packages/sync/test/ingest-table.test.ts';
const CONFLICT_TABLE = 'packages/sync/test/conflict-table.test.ts';
const JOB_TABLE = 'packages/queue/test/job-table.test.ts';
const DELIVERIES = ['postgres', 'sqlite', 'supabase', 'twenty'].map(
  (system): Check => ({ file: `packages/system-${system}/test/delivery-table.test.ts` }),
);

export const PROMISES: Readonly<Record<PromiseId, Promised>> = {
  I1: {
    statement: 'Every acknowledged change ends as exactly one of: applied, superseded, in conflict, dead-lettered.',
    kept: [
      { file: 'packages/contacts-sql/sql/06-edits.sql', name: 'E3' },
      { file: 'packages/sync/src/intake.ts', name: 'drain' },
      { file: 'packages/ledger/sql/6-inbox.sql', name: 'receive' },
      { file: 'packages/sync/src/decide.ts', name: 'observe' },
      { file: 'packages/ledger/sql/4-commit.sql', name: 'commit' },
    ],
    checked: [
      SIMULATED,
      { file: INGEST_TABLE },
      {
        file: 'packages/sync/test/decide.test.ts',
        title: 'loses no edit, whatever the order: each is a version, an echo of one, in conflict or refused',
      },
      {
        file: 'packages/ledger/test/workers.test.ts',
        title: 'lose no edit, count versions once and upwards, and know what is behind, however they meet',
      },
    ],
  },
  I2: {
    statement:
      'Per contact and system, applied ranks never fall (Twenty, which has no compare-and-swap, may and then heals).',
    kept: [
      { file: 'packages/contact/src/resolver.ts', name: 'resolve' },
      { file: 'packages/contacts-sql/sql/07-write.sql', name: 'A1' },
      { file: 'packages/system-sqlite/sql/04-apply.sql', name: 'A1' },
      { file: 'packages/system-twenty/src/plan.ts', name: 'plan' },
      { file: 'packages/sync/src/decide.ts', name: 'stands' },
      { file: 'packages/ledger/sql/5-deliver.sql', name: 'delivered' },
      { file: 'packages/sync/src/standing.ts', name: 'standingOf' },
    ],
    checked: [
      SIMULATED,
      ...DELIVERIES,
      {
        file: 'packages/contacts-sql/test/apply.test.ts',
        title: 'eight writers of overlapping contacts leave the highest rank of each, without a deadlock',
      },
      {
        file: 'packages/sync/test/standing.test.ts',
        title: 'stands as it was last written where versions are not counted: a late write brings an old number',
      },
      { file: FLOW, title: 'heals Twenty after a stalled worker wrote an old version there late (I2)' },
    ],
  },
  I3: {
    statement: 'After quiet, all systems hold equal content, but for listed conflicts and dead letters.',
    kept: [
      { file: 'packages/sync/src/following.ts', name: 'isBehind' },
      { file: 'packages/ledger/sql/1-schema.sql', name: 'is_behind' },
      { file: 'packages/contact/src/lens.ts', name: 'lensOf' },
      { file: 'packages/sync/src/decide.ts', name: 'outrank' },
    ],
    checked: [
      SIMULATED,
      { file: 'packages/sync/test/delivery-table.test.ts' },
      { file: 'packages/ledger/test/behind-table.test.ts' },
      { file: FLOW, title: 'holds equal content everywhere in the end, with nothing pending (I3, I6)' },
      {
        file: SYSTEMS,
        title: 'after an outage of the hub everything that happened meanwhile arrives, wherever it happened',
      },
    ],
  },
  I4: {
    statement: 'One outside edit makes at most one canonical version and one write to each other system; no echo.',
    kept: [
      { file: 'packages/sync/src/judge.ts', name: 'judge' },
      { file: 'packages/contacts-sql/sql/05-stamps.sql', name: 'E4' },
      { file: 'packages/sync/src/history.ts', name: 'changeIdOf' },
      { file: 'packages/ledger/sql/6-inbox.sql', name: 'receive' },
    ],
    checked: [
      SIMULATED,
      {
        file: INGEST_TABLE,
        title: 'an edit that outranks the head by its version carries no more weight for being told twice',
      },
      {
        file: 'packages/contacts-sql/test/edits.test.ts',
        title: "the hub's own writes leave nothing to tell, also beside a user's in one transaction",
      },
      {
        file: 'packages/system-bigquery/test/history.test.ts',
        title: 'appending twice is the same as once, in the view and in history',
      },
      { file: FLOW, title: 'carries an edit made in any system to the three others (I3), as one version each (I4)' },
    ],
  },
  I5: {
    statement: 'Each exact tie ends in exactly one conflict, with all its candidates.',
    kept: [
      { file: 'packages/sync/src/decide.ts', name: 'tie' },
      { file: 'packages/ledger/sql/1-schema.sql', name: 'conflicts_open' },
      { file: 'packages/sync/src/history.ts', name: 'closing' },
    ],
    checked: [
      SIMULATED,
      { file: CONFLICT_TABLE },
      {
        file: 'packages/ledger/test/commit.test.ts',
        title: 'is one a contact: a second open one is refused as a whole',
      },
      { file: FLOW, title: 'leaves an exact tie to a person, shows it once, and carries the choice everywhere (I5)' },
      {
        file: 'apps/demo/test/desk-conflicts.ts',
        title: 'that two operators decide at once is decided by one of them, and the other is told',
      },
    ],
  },
  I6: {
    statement: 'With faults healed, nothing stays pending beyond the bound.',
    kept: [
      { file: 'packages/sync/src/sweep.ts', name: 'sweep' },
      { file: 'packages/ledger/sql/6-inbox.sql', name: 'pending_inbox' },
      { file: 'packages/ledger/sql/5-deliver.sql', name: 'braked' },
      { file: 'packages/queue/src/flow.ts', name: 'MAX_THROTTLE_MS' },
    ],
    checked: [
      SIMULATED,
      { file: JOB_TABLE },
      {
        file: 'packages/ledger/test/inbox.test.ts',
        title: 'are told again at the latest after 16 times the grace, and at once without grace',
      },
      { file: 'packages/ledger/test/brake-table.test.ts' },
      {
        file: FLOW,
        title: 'brakes an echo storm, slows nobody else by it (I7), and settles once one of the two stops',
      },
      { file: FLOW, title: 'holds equal content everywhere in the end, with nothing pending (I3, I6)' },
    ],
  },
  I7: {
    statement: 'A system that is down or slow does not slow the others.',
    kept: [
      { file: 'packages/sync/src/queue-port.ts', name: 'WORK_QUEUES' },
      { file: 'packages/queue/src/gate.ts', name: 'Gate' },
      { file: 'packages/sync/src/ingest.ts', name: 'unread' },
      { file: 'packages/sync/src/sweep.ts', name: 'AggregateError' },
    ],
    checked: [
      SIMULATED,
      {
        file: 'packages/queue/test/workers.test.ts',
        title: 'while one system is down the queues of the others flow (I7)',
      },
      {
        file: 'apps/worker/test/worker.test.ts',
        title: 'an edit in one system reaches another, while a third is away and is told to be',
      },
      { file: FLOW, title: 'waits for a system that is down without spending attempts, and serves the others (I7)' },
      {
        file: FLOW,
        title: 'brakes an echo storm, slows nobody else by it (I7), and settles once one of the two stops',
      },
    ],
  },
  I8: {
    statement: 'The numbers shown equal an independent recount.',
    kept: [
      { file: 'packages/ledger/sql/7-status.sql', name: 'status' },
      { file: 'packages/ledger/sql/14-health.sql', name: 'health' },
    ],
    checked: [
      SIMULATED,
      {
        file: 'packages/ledger/test/workers.test.ts',
        title: 'lose no edit, count versions once and upwards, and know what is behind, however they meet',
      },
      {
        file: 'packages/ledger/test/health-recount.test.ts',
        title: 'what is told of the hub’s health equals a recount of the same moment, while everybody writes',
      },
    ],
  },
  I9: {
    statement: 'Replaying dead letters twice changes nothing the second time, and a superseded one says so.',
    kept: [
      { file: 'packages/sync/src/replay.ts', name: 'replay' },
      { file: 'packages/sync/src/decide.ts', name: 'dead_letter_id' },
      { file: 'packages/ledger/sql/3-letters.sql', name: 'close_dead_letters' },
    ],
    checked: [
      SIMULATED,
      { file: INGEST_TABLE },
      {
        file: 'packages/ledger/test/letters.test.ts',
        title: 'of an edit that was decided over meanwhile do not bring it back',
      },
      {
        file: FLOW,
        title: 'dead-letters what is no contact, and replays it once it was corrected: twice changes nothing (I9)',
      },
      {
        file: 'apps/demo/test/desk-letters.ts',
        title: 'that is many is tried again in batches, and twice changes nothing (I9)',
      },
      {
        file: 'apps/demo/test/desk-letters.ts',
        title: 'of what is known to have come there meanwhile is superseded: nothing is sent',
      },
    ],
  },
  I10: {
    statement: 'Deletes stay deleted: a stale update never revives a contact.',
    kept: [
      { file: 'packages/contact/src/resolver.ts', name: 'resolve' },
      { file: 'packages/contacts-sql/sql/07-write.sql', name: 'A5' },
      { file: 'packages/system-sqlite/sql/04-apply.sql', name: 'A5' },
      { file: 'packages/system-twenty/src/apply.ts', name: 'bury' },
    ],
    checked: [
      SIMULATED,
      { file: INGEST_TABLE },
      ...DELIVERIES,
      { file: SYSTEMS, title: 'lets no stale update revive what was deleted, and keeps it in the history (I10)' },
      {
        file: FLOW,
        title: 'deletes everywhere what was deleted in one system, and a stale write does not revive it (I10)',
      },
    ],
  },
  I11: {
    statement: 'Killing any process at any point, or emptying the queue backend, breaks none of the above.',
    kept: [
      { file: 'packages/ledger/sql/4-commit.sql', name: 'expected_revision' },
      { file: 'packages/sync/src/following.ts', name: 'follow' },
      { file: 'packages/sync/src/sweep.ts', name: 'sweepUnappended' },
      { file: 'packages/queue/src/jobs.ts', name: 'MAX_STALLED' },
    ],
    checked: [
      SIMULATED,
      { file: 'packages/ledger/test/commit.test.ts', title: 'decided on an older state is lost, and leaves nothing' },
      {
        file: 'packages/queue/test/lifetime.test.ts',
        title: 'a job whose workers were killed is neither lost nor failed, and in the end its keys are tried alone',
      },
      { file: FLOW, title: 'loses nothing when the queues are emptied: the sweeper knows what is pending (I11)' },
    ],
  },
  I12: {
    statement: 'A contact of category X appears in no prompt, and no personal data in a log, a metric or a queue.',
    kept: [
      { file: 'packages/queue/src/jobs.ts', name: 'ingestJobSchema' },
      { file: 'packages/queue/src/failure.ts', name: 'failureOf' },
      { file: 'packages/contact/src/problem.ts', name: 'Problem' },
      { file: 'packages/prompt/src/admission.ts', name: 'admit' },
      { file: 'packages/sync/src/services/contact-source.ts', name: 'contactSources' },
    ],
    checked: [
      { file: 'packages/prompt/test/admission.test.ts', title: 'no character is in any output, whatever is asked' },
      { file: 'packages/prompt/test/admission.test.ts', title: 'of any other spelling fails closed' },
      {
        file: 'apps/demo/test/services-via.ts',
        title: 'shows a contact as a system has it, and as excluded where anybody says so',
      },
      {
        file: 'packages/queue/test/workers.test.ts',
        title: 'an error that nobody foresaw counts as transient, and its message stays out of the queue',
      },
      {
        file: 'packages/hub/test/log.test.ts',
        title: 'of a foreign error the class, the code and the place are logged, and nothing of its message',
      },
      { file: 'apps/worker/test/worker.test.ts', title: 'nothing that was logged holds what the contacts hold' },
      { file: 'packages/contact/test/content.test.ts', title: 'never shows the value it complains about' },
      { file: 'apps/demo/test/canaries.test.ts' },
    ],
  },
};

/** What checks many promises at once, and how to run it. */
export interface Machine {
  readonly file: string;
  readonly what: string;
  readonly run: string;
}

export const MACHINES: readonly Machine[] = [
  {
    file: INGEST_TABLE,
    what: 'each cell of the tables above, built and run by the real code; beside it `identity-`, `conflict-`, `delivery-`, `behind-`, `brake-` and `job-table.test.ts`',
    run: 'npx vitest run table',
  },
  {
    file: 'packages/testkit/src/conformance/index.ts',
    what: 'one conformance suite that every system passes, the simulator’s models among them',
    run: 'npx vitest run conformance',
  },
  {
    file: 'packages/simulator/test/ledger-model.test.ts',
    what: 'the simulator’s ledger against the real one, step by step',
    run: 'npx vitest run ledger-model',
  },
  {
    file: 'packages/simulator/test/systems-conformance.test.ts',
    what: 'the simulator’s systems in the conformance suite',
    run: 'npx vitest run systems-conformance',
  },
  {
    file: 'packages/simulator/test/systems-twins.test.ts',
    what: 'the simulator’s systems beside Postgres and the sandbox’s Twenty: the same script, the same answers',
    run: 'npx vitest run systems-twins',
  },
  {
    file: 'packages/testkit/test/fuzz-contact.test.ts',
    what: 'bad input at every border, here and in the `fuzz.test.ts` of each package that has one',
    run: 'npx vitest run fuzz',
  },
  {
    file: 'packages/simulator/src/main.ts',
    what: 'the whole hub under a simulated clock, ten thousand histories of one seed each, judged by I1 to I10 after every one',
    run: 'npm run simulate -- --histories 10000 --seed 1',
  },
  {
    file: 'apps/mutants/src/catalogue.ts',
    what: 'guards that are switched off one at a time, and the test by name that turns red each time',
    run: 'npm run mutants',
  },
  {
    file: 'apps/chaos/src/main.ts',
    what: 'the hub in processes that are killed and cut off, judged by a checker that shares no code with it but the contact',
    run: 'npm run chaos -- --minutes 5 --seed 1',
  },
];
