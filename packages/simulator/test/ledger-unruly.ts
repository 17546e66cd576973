/** What no hub would ask, or only one that is late, mad or new: both ledgers must answer it alike all the same. */
import type { ContactId } from '@contact-sync/contact';
import type { ContactCommit, NewDeadLetter, OpenConflict, Rejection } from '@contact-sync/sync';
import fc from 'fast-check';
import { commit, eventOf, failure, type Row, receiptOf, row, tied, version } from '../../ledger/test/rig.ts';
import {
  anyone,
  anyRecord,
  anySystem,
  anyTarget,
  anyTitle,
  type Chosen,
  command,
  contactAt,
  headOf,
  picked,
  versionAt,
} from './ledger-choices.ts';
import type { Pair } from './ledger-pair.ts';

const anyAbove = fc.constantFrom(-1, 0, 1, 1, 2);
const anyStatus = fc.constantFrom('accepted', 'superseded');

export const anyConflict = fc.record({ grown: fc.boolean(), number: fc.nat(1), title: anyTitle });

const anyCommit = fc.record({
  who: anyone,
  /** Beside the revision that it has. */
  off: fc.constantFrom(0, 0, 0, 0, -1, 1),
  head: fc.option(fc.record({ above: anyAbove, title: anyTitle, bare: fc.nat(4), appended: fc.boolean() }), {
    freq: 2,
  }),
  history: fc.array(
    fc.record({ number: fc.integer({ min: 1, max: 14 }), title: anyTitle, status: anyStatus, appended: fc.boolean() }),
    { maxLength: 2 },
  ),
  /** So many numbers, one after the other. */
  long: fc.constantFrom(0, 0, 0, 0, 12),
  held: fc.uniqueArray(fc.record({ target: anyTarget, above: anyAbove, title: anyTitle }), {
    maxLength: 2,
    selector: ({ target }) => target,
  }),
  links: fc.uniqueArray(fc.record({ system: anySystem, record_id: anyRecord }), {
    maxLength: 2,
    selector: ({ system }) => system,
  }),
  conflict: fc.option(anyConflict, { freq: 2 }),
  closed: fc.array(
    fc.record({
      which: fc.nat(5),
      status: fc.constantFrom('resolved' as const, 'superseded' as const),
      by: fc.constantFrom(null, 'somebody', 'half \ud800'),
    }),
    { maxLength: 1 },
  ),
  events: fc.boolean(),
  done: fc.array(fc.nat(30), { maxLength: 1 }),
});

function commitOf(pair: Pair, asked: Chosen<typeof anyCommit>): ContactCommit {
  const id = contactAt(pair, asked.who);
  const state = pair.model.contacts([id]).get(id);
  const head = asked.head === null ? null : versionAt(pair, id, asked.head.above, asked.head.title);
  const history: Row[] = asked.history.map(({ number, title, ...more }) => row(version(id, number, title), more));
  for (let number = 1; number <= asked.long; number++) history.push(row(version(id, number, number % 2 ? 'a' : 'b')));
  if (head !== null && asked.head?.bare !== 0) history.push(row(head, { appended: asked.head?.appended ?? false }));
  const conflict = conflictOf(pair, id, asked.conflict);
  return commit(id, Math.max(0, (state?.revision ?? 0) + asked.off), {
    head,
    history: [...new Map(history.map((one) => [one.change_id, one])).values()],
    held: asked.held.map(({ target, above, title }) => {
      const { version: number, content_hash } = versionAt(pair, id, above, title);
      return { target, version: number, content_hash };
    }),
    links: asked.links,
    conflict,
    closed: asked.closed.flatMap(({ which, ...how }) =>
      picked(pair.model.view.conflicts(), which).map(({ conflict_id }) => ({ conflict_id, ...how, chosen: null })),
    ),
    events: conflict !== null && asked.events ? [eventOf(conflict, 'opened')] : [],
    inbox_done: inboxIds(pair, asked.done).map((inbox_id) => ({ inbox_id, outcome: outcomeOf(inbox_id) })),
  });
}

const inboxIds = ({ model }: Pair, which: readonly number[]): readonly string[] =>
  which.flatMap((index) => picked(model.view.inbox(), index).map(({ inbox_id }) => inbox_id));

/** One of its own: which of two that come at once is kept, nobody says. */
const outcomeOf = (inbox_id: string) =>
  (['echo', 'accepted', 'superseded', 'conflict', 'ignored'] as const)[Number(inbox_id) % 5] ?? 'echo';

export function conflictOf(
  pair: Pair,
  id: ContactId,
  asked: Chosen<typeof anyCommit>['conflict'],
): OpenConflict | null {
  const head = headOf(pair, id);
  if (asked === null || head === null) return null;
  const open = pair.model.contacts([id]).get(id)?.conflict;
  const rival = version(id, head.version, asked.title);
  const fresh = { ...tied(head, rival), conflict_id: `${id}-${asked.number}` };
  if (!asked.grown || !open) return fresh;
  return { ...open, candidates: [...open.candidates, ...fresh.candidates.slice(1)], events: open.events + 1 };
}

export const anyLetter = fc.record({
  target: fc.option(anyTarget),
  system: anySystem,
  record: anyRecord,
  who: anyone,
  named: fc.boolean(),
  above: fc.constantFrom(0, 0, -1, null),
  code: fc.constantFrom('ONE', 'TWO'),
  field: fc.constantFrom(null, 'emails', 'nul \0'),
  attempts: fc.integer({ min: 1, max: 3 }),
});

export function letterOf(pair: Pair, asked: Chosen<typeof anyLetter>): NewDeadLetter {
  const { code, field, attempts } = asked;
  const id = contactAt(pair, asked.who);
  const contact_id = asked.named ? id : null;
  if (asked.target === null)
    return failure({ queue: 'ingest', system: asked.system, key: asked.record, contact_id, code, field, attempts });
  return failure({
    queue: `propagate-${asked.target}`,
    system: asked.target,
    key: id,
    contact_id,
    version: asked.above === null ? null : versionAt(pair, id, asked.above, 'a').version,
    code,
    field,
    attempts,
  });
}

/** Of two failures in one place, nobody says which is told: they are the same. */
function lettersOf(pair: Pair, asked: readonly Chosen<typeof anyLetter>[]): readonly NewDeadLetter[] {
  const byPlace = new Map<string, NewDeadLetter>();
  return asked.map((one) => {
    const letter = letterOf(pair, one);
    const place = `${letter.queue} ${letter.system} ${letter.key}`;
    if (!byPlace.has(place)) byPlace.set(place, letter);
    return byPlace.get(place) ?? letter;
  });
}

const anyRejection = fc.record({
  who: fc.option(anyone),
  edits: fc.array(fc.nat(30), { maxLength: 2 }),
  letter: anyLetter,
});

/** A conflict is closed once in a batch: of two ways, nobody says which. */
function closedOnce(commits: readonly ContactCommit[]): readonly ContactCommit[] {
  const seen = new Set<string>();
  const first = ({ conflict_id }: { conflict_id: string }) => !seen.has(conflict_id) && seen.add(conflict_id);
  return commits.map((one) => ({ ...one, closed: one.closed.filter(first) }));
}

const committed = command(
  'commit',
  fc.record({
    commits: fc.array(anyCommit, { maxLength: 2 }),
    rejections: fc.array(anyRejection, { maxLength: 2 }),
  }),
  (pair, { commits, rejections }) => {
    const made = new Map(commits.map((one) => [contactAt(pair, one.who), commitOf(pair, one)]));
    // An edit is decided over, or refused in one place: what it is when it is both, nobody says.
    const decided = new Set([...made.values()].flatMap(({ inbox_done }) => inbox_done.map(({ inbox_id }) => inbox_id)));
    const letters = lettersOf(
      pair,
      rejections.map(({ letter }) => letter),
    );
    const rejected = letters.map((letter, index): Rejection => {
      const { who = null, edits = [] } = rejections[index] ?? {};
      const inbox_ids = inboxIds(pair, edits).filter((inbox_id) => !decided.has(inbox_id));
      for (const inbox_id of inbox_ids) decided.add(inbox_id);
      return {
        contact_id: who === null ? null : contactAt(pair, who),
        inbox_ids,
        letter,
      };
    });
    return pair.ledger.commit(closedOnce([...made.values()]), rejected).catch(expectedBusy);
  },
);

/** Both refused it, alike: the pair has compared that. */
export const expectedBusy = (error: unknown): void => {
  if (!(error instanceof Error && 'code' in error && error.code === 'LEDGER_BUSY')) throw error;
};

const told = command(
  'delivered',
  fc.record({
    target: anyTarget,
    receipts: fc.uniqueArray(
      fc.record({ who: anyone, above: anyAbove, title: fc.option(anyTitle), record_id: anyRecord }),
      {
        minLength: 1,
        maxLength: 3,
        selector: ({ who }) => who % 3,
      },
    ),
  }),
  (pair, { target, receipts }) => {
    const made = receipts.map(({ who, above, title, record_id }) => {
      const id = contactAt(pair, who);
      return receiptOf((title === null ? headOf(pair, id) : null) ?? versionAt(pair, id, above, title), record_id);
    });
    return pair.ledger.delivered(target, [...new Map(made.map((one) => [one.contact_id, one])).values()]);
  },
);

const buried = command('bury', fc.array(anyLetter, { minLength: 1, maxLength: 3 }), (pair, letters) =>
  pair.ledger.bury(lettersOf(pair, letters)),
);

const closed = command(
  'close',
  fc.record({
    which: fc.array(fc.nat(10), { maxLength: 2 }),
    status: fc.constantFrom('replayed', 'superseded', 'discarded'),
  }),
  (pair, { which, status }) => {
    const all = pair.model.view.deadLetters().map(({ dead_letter_id }) => dead_letter_id);
    return pair.ledger.closeDeadLetters(
      [...which.flatMap((index) => picked(all, index)), 'x', '0'],
      status,
      'somebody',
    );
  },
);

const answered = command('answered', fc.constant(null), (pair) => pair.ledger.closeAnswered());

const appended = command(
  'append',
  fc.record({ which: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), foreign: fc.option(anyone) }),
  async (pair, { which, foreign }) => {
    const { rows, events } = await pair.ledger.unappended(null, 0, 100);
    const part = (_: unknown, index: number) => which[index % which.length] ?? false;
    const strange = foreign === null ? [] : [row(version(contactAt(pair, foreign), 77, 'a'))];
    await pair.ledger.markAppended({ rows: [...rows.filter(part), ...strange], events: events.filter(part) });
  },
);

export const anyUnruly = fc.oneof(
  { weight: 8, arbitrary: committed },
  { weight: 3, arbitrary: told },
  { weight: 3, arbitrary: buried },
  { weight: 2, arbitrary: closed },
  { weight: 1, arbitrary: answered },
  { weight: 2, arbitrary: appended },
);
