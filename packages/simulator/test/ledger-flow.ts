/** The hub's own flow over both ledgers: ingest, delivery, sweep, replay, a person's choice, the comparison of ids. */
import {
  compareIds,
  deleteMissing,
  drain,
  type FailedJob,
  ingest,
  type Parts,
  propagate,
  replay,
  resolveConflict,
  SyncError,
  sweep,
} from '@contact-sync/sync';
import fc from 'fast-check';
import {
  anyEdit,
  anyGrace,
  anyone,
  anyRecord,
  anySystem,
  anyTarget,
  anyTitle,
  type Chosen,
  command,
  contactAt,
  contactsAt,
  headOf,
  picked,
  recordAt,
  several,
  toldApart,
} from './ledger-choices.ts';
import type { Pair } from './ledger-pair.ts';
import { CALM, partsOf, type Surroundings } from './ledger-parts.ts';

/** What the flow throws of the outside world is its own affair. */
async function flow(pair: Pair, around: Partial<Surroundings>, run: (parts: Parts) => Promise<unknown>): Promise<void> {
  try {
    await run(partsOf(pair, { ...CALM, ...around }));
  } catch (error) {
    const all: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    for (const one of all) if (!(one instanceof SyncError)) throw one;
  }
}

const rarely = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true));

const received = command(
  'receive',
  fc.record({
    system: anySystem,
    edits: fc.array(fc.record({ key: fc.nat(15), edit: anyEdit }), { minLength: 1, maxLength: 3 }),
    cursor: fc.option(fc.constantFrom('c1', 'c2')),
  }),
  (pair, { system, edits, cursor }) =>
    pair.ledger.receive(
      system,
      edits.map(({ key, edit }) => ({ key: `k${key}`, record_id: edit.record_id, record: recordAt(pair, edit) })),
      cursor,
    ),
);

const ingested = command(
  'ingest',
  fc.record({
    system: anySystem,
    record_ids: fc.uniqueArray(anyRecord, { minLength: 1, maxLength: 2 }),
    standing: fc.option(fc.uniqueArray(anyEdit, { maxLength: 2, selector: ({ record_id }) => record_id }), { freq: 9 }),
    metered: fc.boolean(),
    unappendable: rarely,
    replay: rarely,
  }),
  (pair, { system, record_ids, standing, metered, unappendable, replay: again }) =>
    flow(pair, { standing: standing?.map((edit) => recordAt(pair, edit)) ?? null, metered, unappendable }, (parts) =>
      ingest(parts, { system, record_ids }, { replay: again }),
    ),
);

/** An edit and its ingest at once: the shortest way to a head, a rival or a tie. */
const edited = command(
  'edit',
  fc.record({ system: anySystem, edit: anyEdit, key: fc.nat(), unappendable: rarely }),
  async (pair, { system, edit, key, unappendable }) => {
    const record = recordAt(pair, edit);
    const { record_id } = record;
    await pair.ledger.receive(system, [{ key: `e${key}`, record_id, record }], null);
    await flow(pair, { standing: [record], unappendable }, (parts) =>
      ingest(parts, { system, record_ids: [record_id] }),
    );
  },
);

/** Another content under the very rank of the head. */
const rivalled = command(
  'rival',
  fc.record({ system: anySystem, who: anyone, record_id: anyRecord, title: anyTitle, key: fc.nat() }),
  async (pair, { system, who, record_id, title, key }) => {
    const contact_id = contactAt(pair, who);
    const head = headOf(pair, contact_id);
    if (head === null) return;
    const counted = system === 'twenty' ? head.version - 1 : head.version;
    const edit = { record_id, who, above: 0, minute: 0, title, edited: true, incomplete: false } as const;
    const linked = pair.model.contacts([contact_id]).get(contact_id)?.links[system] ?? record_id;
    const record = { ...recordAt(pair, edit), record_id: linked, version: counted, last_updated: head.last_updated };
    await pair.ledger.receive(system, [{ key: `t${key}`, record_id: linked, record }], null);
    await flow(pair, {}, (parts) => ingest(parts, { system, record_ids: [linked] }));
  },
);

const propagated = command(
  'propagate',
  fc.record({
    target: anyTarget,
    who: several,
    metered: fc.boolean(),
    outcomes: fc.array(fc.constantFrom('applied', 'applied', 'unchanged', 'ahead', 'rejected'), { minLength: 1 }),
    names: fc.array(anyRecord, { minLength: 1, maxLength: 3 }),
  }),
  (pair, { target, who, ...around }) =>
    flow(pair, { ...around, metered: around.metered && toldApart(pair, target) }, (parts) =>
      propagate(parts, { target, contact_ids: contactsAt(pair, who) }),
    ),
);

const anyFailure = fc.record({ target: fc.option(anyTarget), system: anySystem, who: anyone, record: anyRecord });

const swept = command(
  'sweep',
  fc.record({ grace_ms: anyGrace, failed: fc.array(anyFailure, { maxLength: 2 }) }),
  (pair, { grace_ms, failed }) =>
    flow(pair, { failed: failed.map((one) => failedJob(pair, one)) }, (parts) => sweep(parts, { grace_ms })),
);

function failedJob(pair: Pair, { target, system, who, record }: Chosen<typeof anyFailure>): FailedJob {
  const rest = { job_id: '1', code: 'FAILED', reason: 'it failed', advice: 'none', attempts: 3 };
  if (target === null) return { queue: 'ingest', job: { system, record_ids: [record] }, ...rest };
  return { queue: `propagate-${target}`, job: { target, contact_ids: [contactAt(pair, who)] }, ...rest };
}

const replayed = command(
  'replay',
  fc.record({
    outcome: fc.constantFrom('applied', 'rejected'),
    standing: fc.array(anyEdit, { maxLength: 1 }),
    which: fc.option(fc.nat(5)),
  }),
  (pair, { outcome, standing, which }) =>
    flow(pair, { outcomes: [outcome], standing: standing.map((edit) => recordAt(pair, edit)) }, (parts) => {
      const ids = pair.model.deadLetters().map(({ dead_letter_id }) => dead_letter_id);
      return replay(parts, which === null ? null : picked(ids, which), 'somebody');
    }),
);

const resolved = command(
  'resolve',
  fc.record({ which: fc.nat(2), candidate: fc.nat(2), own: fc.option(anyTitle) }),
  (pair, { which, candidate, own }) =>
    flow(pair, {}, async (parts) => {
      // Beside the flow a head may be committed without its history; no hub decides over such a one.
      const known = pair.model.conflicts().filter(({ contact_id }) => headOf(pair, contact_id) !== null);
      for (const { conflict_id, candidates } of picked(known, which))
        for (const { content_hash } of picked(candidates, candidate))
          await resolveConflict(
            parts,
            conflict_id,
            own === null ? { candidate: content_hash } : { content: { canonical_name: 'Ada', job_title: own } },
            'somebody',
          );
    }),
);

const compared = command(
  'compare',
  fc.record({ system: anySystem, standing: fc.array(anyEdit, { maxLength: 2 }) }),
  (pair, { system, standing }) =>
    flow(pair, { standing: standing.map((edit) => recordAt(pair, edit)) }, async (parts) => {
      const comparison = await compareIds(parts, system);
      if (comparison !== null) await deleteMissing(parts, system, comparison);
    }),
);

const drained = command('drain', fc.record({ system: anySystem }), (pair, { system }) =>
  flow(pair, {}, (parts) => drain(parts, system)),
);

export const anyFlow = fc.oneof(
  { weight: 8, arbitrary: edited },
  { weight: 4, arbitrary: rivalled },
  { weight: 3, arbitrary: received },
  { weight: 4, arbitrary: ingested },
  { weight: 4, arbitrary: propagated },
  { weight: 3, arbitrary: swept },
  { weight: 2, arbitrary: replayed },
  { weight: 2, arbitrary: resolved },
  { weight: 1, arbitrary: compared },
  { weight: 1, arbitrary: drained },
);
