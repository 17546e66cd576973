/** What changes little or nothing: questions with limits and graces, turns to compare, and time. */
import { SYSTEMS, TARGETS } from '@contact-sync/sync';
import fc from 'fast-check';
import {
  anyGrace,
  anyRecord,
  anySystem,
  anyTarget,
  command,
  contactsAt,
  distinct,
  GRACE_MS,
  several,
  toldApart,
} from './ledger-choices.ts';
import type { Pair } from './ledger-pair.ts';

const asked = command(
  'ask',
  fc.record({
    system: anySystem,
    target: anyTarget,
    who: several,
    records: fc.uniqueArray(anyRecord),
    grace: anyGrace,
    limit: fc.integer({ min: 0, max: 4 }),
  }),
  async (pair, { system, target, who, records, grace, limit }) => {
    const { ledger, model } = pair;
    const ids = contactsAt(pair, who);
    await ledger.contacts(ids);
    await ledger.snapshot(system, records, ids.slice(1));
    await ledger.deliverable(target, ids, toldApart(pair, target) ? limit : 100);
    await ledger.unappended(ids, grace, limit);
    await ledger.unappended(null, grace, limit);
    await ledger.linked(system, records[0] ?? '', limit);
    await ledger.deadLetters({ queue: `propagate-${target}` });
    await ledger.deadLetters({
      ids: model.view
        .deadLetters()
        .slice(0, limit)
        .map(({ dead_letter_id }) => dead_letter_id),
    });
    await ledger.conflicts(
      model.view
        .conflicts()
        .slice(0, limit)
        .map(({ conflict_id }) => conflict_id),
    );
    await ledger.cursor(system);
    await ledger.status();
    await ledger.deadLetters({ contact_ids: ids });
    await ledger.standings({ contact_ids: ids, limit: 100 });
    const [after] = ids;
    await ledger.standings({ ...(after && { after }), limit });
  },
);

const due = command(
  'due',
  fc.record({ system: anySystem, target: anyTarget, grace: anyGrace, limit: fc.integer({ min: 0, max: 3 }) }),
  async (pair, { system, target, grace, limit }) => {
    await pair.ledger.pending(target, grace, toldOnce(pair, target) ? limit : 100);
    await pair.ledger.pendingInbox(system, grace, receivedOnce(pair, system) ? limit : 100);
  },
);

/** Which of those that were told in one statement were told first, nobody says. */
const toldOnce = ({ model }: Pair, wanted: string) =>
  distinct(
    model.view
      .deliveries()
      .flatMap(({ target, behind, emitted_at }) => (behind && target === wanted ? [emitted_at] : [])),
  );
const receivedOnce = ({ model }: Pair, wanted: string) =>
  distinct(model.view.inbox().flatMap(({ system, done, told_at }) => (!done && system === wanted ? [told_at] : [])));

const turned = command(
  'turn',
  fc.record({ system: fc.constantFrom('local', 'twenty'), every: anyGrace, released: fc.boolean() }),
  async (pair, { system, every, released }) => {
    if (released) await pair.ledger.releaseComparison(system);
    await pair.ledger.claimComparison(system, 0);
    await pair.ledger.claimComparison(system, every);
  },
);

const lapsed = command('lapse', fc.record({ hours: fc.constantFrom(1, 1, 1, 2) }), (pair, { hours }) =>
  pair.lapse(hours),
);

/** As often as the wait for a further telling grows, and once more. */
const nagged = command('nag', fc.record({ system: anySystem, target: anyTarget }), async (pair, { system, target }) => {
  for (let time = 0; time < 6; time++) {
    await pair.ledger.pending(target, 0, 100);
    await pair.ledger.pendingInbox(system, 0, 100);
  }
  await pair.lapse(14);
  await pair.ledger.pending(target, GRACE_MS, 100);
  await pair.ledger.pendingInbox(system, GRACE_MS, 100);
});

export const anyAsked = fc.oneof(
  { weight: 3, arbitrary: asked },
  { weight: 3, arbitrary: due },
  { weight: 2, arbitrary: turned },
  { weight: 3, arbitrary: lapsed },
  { weight: 1, arbitrary: nagged },
);

/** Everything that can be asked without changing anything, and then what has waited for an hour. */
export async function askAll(pair: Pair): Promise<void> {
  const { ledger, model } = pair;
  const ids = model.view.heads().map(({ contact_id }) => contact_id);
  await ledger.contacts(ids);
  for (const system of SYSTEMS) {
    await ledger.snapshot(system, ['r1', 'r2', 'r3'], []);
    await ledger.linked(system, '', 100);
    await ledger.cursor(system);
  }
  for (const target of TARGETS)
    for (const fill of toldApart(pair, target) ? [1, 2, 100] : [100])
      await ledger.deliverable(target, ids.slice(0, 1), fill);
  await ledger.unappended(null, 0, 1000);
  await ledger.unappended(ids, 0, 1000);
  await ledger.deadLetters();
  await ledger.conflicts();
  await ledger.status();
  await ledger.standings({ limit: 100 });
  // Nothing is later than this: only who is not in step.
  await ledger.standings({ since: '2100-01-01T00:00:00Z', limit: 100 });
  await pair.lapse(1);
  for (const target of TARGETS)
    for (const limit of toldOnce(pair, target) ? [1, 100] : [100]) await ledger.pending(target, GRACE_MS, limit);
  for (const system of SYSTEMS) await ledger.pendingInbox(system, GRACE_MS, 100);
}
