/** Short courses of unruly calls that chance alone comes upon too seldom. */
import type { ContactId } from '@contact-sync/contact';
import fc from 'fast-check';
import { change, commit, decided, eventOf, failure, idOf, row, version } from '../../ledger/test/rig.ts';
import { anyone, anyRecord, anySystem, anyTarget, command, contactAt, versionAt } from './ledger-choices.ts';
import { anyConflict, anyLetter, conflictOf, expectedBusy, letterOf } from './ledger-unruly.ts';

/** A contact, living, deleted or unheard of, that has a record, is to have another, which somebody else may have. */
const relinked = command(
  'relink',
  fc.record({
    who: fc.tuple(anyone, anyone),
    system: anySystem,
    records: fc.tuple(anyRecord, anyRecord),
    title: fc.constantFrom(null, null, 'a'),
  }),
  async (pair, { who, system, records, title }) => {
    const [id, other] = [contactAt(pair, who[0]), contactAt(pair, who[1])];
    const revision = (of: ContactId) => pair.model.contacts([of]).get(of)?.revision ?? 0;
    const linking = (of: ContactId, record_id: string) => commit(of, revision(of), { links: [{ system, record_id }] });
    await pair.ledger.commit([linking(id, records[0])], []);
    if (other !== id) await pair.ledger.commit([linking(other, records[1])], []);
    const head = versionAt(pair, id, 1, title);
    await pair.ledger.commit([{ ...linking(id, records[1]), head, history: [row(head)] }], []);
  },
);

/** Parked after it was told, and let go: it may be told at once, or, discarded, once its target was seen in step. */
const parked = command(
  'park',
  fc.record({
    letter: anyLetter,
    status: fc.constantFrom('replayed', 'superseded', 'discarded', 'discarded'),
    seen: fc.boolean(),
  }),
  async (pair, { letter, status, seen }) => {
    const made = letterOf(pair, { ...letter, above: null, named: true });
    await pair.ledger.markAppended(await pair.ledger.unappended(null, 0, 100));
    if (letter.target !== null) await pair.ledger.pending(letter.target, 0, 100);
    const buried = await pair.ledger.bury([made]);
    await pair.lapse(1);
    await pair.ledger.closeDeadLetters(
      buried.map(({ dead_letter_id }) => dead_letter_id),
      status,
      'somebody',
    );
    const id = contactAt(pair, letter.who);
    const state = pair.model.contacts([id]).get(id);
    const { target } = letter;
    if (!seen || target === null || !state?.head) return;
    for (const content of [state.head, version(id, state.head.version, 'lost')]) {
      const held = [{ target, version: state.head.version, content_hash: content.content_hash }];
      await pair.ledger.commit([commit(id, state.revision, { held })], []);
      await pair.ledger.deliverable(target, [id], 0);
    }
  },
);

/** More than ten versions, and a target that stands at one of the oldest, or holds its content under another number. */
const aged = command(
  'age',
  fc.record({ who: anyone, target: anyTarget, number: fc.integer({ min: 1, max: 4 }), old: fc.boolean() }),
  async (pair, { who, target, number, old }) => {
    const id = contactAt(pair, who);
    const { revision = 0 } = pair.model.contacts([id]).get(id) ?? {};
    const head = versionAt(pair, id, 14, 'c');
    const history = Array.from({ length: 12 }, (_, index) => row(version(id, index + 1, index === 0 ? 'old' : 'a')));
    const { content_hash } = version(id, 1, old ? 'old' : 'a');
    const held = [{ target, version: number, content_hash }];
    await pair.ledger.commit([commit(id, revision, { head, history: [...history, row(head)], held })], []);
    await pair.ledger.contacts([id]);
  },
);

/** One conflict after the other of one contact, the same or another. */
const contested = command(
  'contest',
  fc.record({ who: anyone, conflicts: fc.tuple(anyConflict, anyConflict) }),
  async (pair, { who, conflicts }) => {
    const id = contactAt(pair, who);
    for (const asked of conflicts) {
      const { revision = 0 } = pair.model.contacts([id]).get(id) ?? {};
      const conflict = conflictOf(pair, id, asked);
      if (conflict === null) return;
      const events = [eventOf(conflict, 'candidate_added')];
      await pair.ledger.commit([commit(id, revision, { conflict, events })], []).catch(expectedBusy);
    }
  },
);

/** An edit that is decided over before, or after, its record is refused as it stands. */
const answered = command(
  'answer',
  fc.record({ system: anySystem, record_id: anyRecord, key: fc.nat(), before: fc.boolean() }),
  async (pair, { system, record_id, key, before }) => {
    const { ledger, model } = pair;
    const refuse = () => ledger.bury([failure({ queue: 'ingest', system, key: record_id })]);
    if (!before) await refuse();
    await ledger.receive(system, [change(`a${key}`, record_id)], null);
    const edits = model.snapshot(system, [record_id], []).inbox.map(({ inbox_id }) => inbox_id);
    const inbox_done = decided(...edits);
    const id = idOf(1);
    await ledger.commit([commit(id, model.contacts([id]).get(id)?.revision ?? 0, { inbox_done })], []);
    if (before) await refuse();
    await ledger.closeAnswered();
  },
);

export const anyCourse = fc.oneof(relinked, parked, contested, aged, answered);
