/** What the commands are made of: few contacts, records, numbers and contents, so that they meet. */
import type { ContactId, Fields } from '@contact-sync/contact';
import { SYSTEMS, type SystemRecord, TARGETS, type Version } from '@contact-sync/sync';
import fc from 'fast-check';
import { idOf, version } from '../../ledger/test/rig.ts';
import type { Pair } from './ledger-pair.ts';
import { minute } from './ledger-parts.ts';

/** One thing to do with both. Shown as its data, so that a failing sequence can be read. */
export interface Command {
  run(pair: Pair): Promise<unknown>;
  [fc.toStringMethod](): string;
}

export const command = <Data>(
  kind: string,
  data: fc.Arbitrary<Data>,
  run: (pair: Pair, data: Data) => Promise<unknown>,
): fc.Arbitrary<Command> =>
  data.map((chosen) => ({
    run: (pair) => run(pair, chosen),
    [fc.toStringMethod]: () => `${kind} ${fc.stringify(chosen)}`,
  }));

/** What an arbitrary chooses. */
export type Chosen<T> = T extends fc.Arbitrary<infer One> ? One : never;

export const anySystem = fc.constantFrom(...SYSTEMS);
export const anyTarget = fc.constantFrom(...TARGETS);
/** A record may be named as a contact is, in BigQuery it always is. */
export const anyRecord = fc.constantFrom('r1', 'r2', 'r3', String(idOf(1)));
export const anyTitle = fc.constantFrom('a', 'b', 'c', null);
/** Which contact: one of three, or whichever was born last. */
export const anyone = fc.nat(3);
export const several = fc.uniqueArray(anyone, { minLength: 1, maxLength: 3 });
/** Most of an hour: twice, four times and so on of it never come near a whole one. */
export const GRACE_MS = 3_000_000;
/** None, that, for ever: in milliseconds. */
export const anyGrace = fc.constantFrom(0, GRACE_MS, GRACE_MS, 10 ** 10);

export function contactAt({ model }: Pair, who: number): ContactId {
  return (who < 3 ? undefined : model.view.heads().at(-1)?.contact_id) ?? idOf((who % 3) + 1);
}

/** Different ones. */
export const contactsAt = (pair: Pair, who: readonly number[]): readonly ContactId[] => [
  ...new Set(who.map((one) => contactAt(pair, one))),
];

export const headOf = ({ model }: Pair, id: ContactId) => model.contacts([id]).get(id)?.head ?? null;

/** A version so far above the contact's head. */
export const versionAt = (pair: Pair, id: ContactId, above: number, title: string | null): Version =>
  version(id, Math.max(1, (headOf(pair, id)?.version ?? 1) + above), title);

export const picked = <T>(from: readonly T[], index: number): readonly T[] =>
  from.slice(index % (from.length || 1)).slice(0, 1);

/** Which of those that fell behind in one statement fell behind first, nobody says. */
export const toldApart = ({ model }: Pair, wanted: string): boolean =>
  distinct(
    model.view
      .deliveries()
      .flatMap(({ target, behind, behind_since }) => (behind && target === wanted ? [behind_since] : [])),
  );

/** Each of them at a step of its own. */
export const distinct = (instants: readonly (number | null)[]): boolean =>
  new Set(instants.map((ms) => ms && Math.floor(ms / 1000))).size === instants.length;

export const anyEdit = fc.record({
  record_id: anyRecord,
  who: fc.option(anyone),
  above: fc.constantFrom(-1, 0, 0, 1, 1, 2, 60),
  minute: fc.nat(2),
  title: fc.oneof({ weight: 8, arbitrary: anyTitle }, { weight: 1, arbitrary: fc.constant('bad') }),
  edited: fc.boolean(),
  incomplete: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
});

/** A record as a system would tell it: `bad` has no name, `null` is deleted. */
export function recordAt(pair: Pair, edit: Chosen<typeof anyEdit>): SystemRecord {
  const contact_id = edit.who === null ? null : contactAt(pair, edit.who);
  const number = contact_id === null ? 0 : (headOf(pair, contact_id)?.version ?? 0);
  const fields: Fields =
    edit.title === 'bad' ? { job_title: 'bad' } : { canonical_name: 'Ada', job_title: edit.title ?? 'x' };
  return {
    record_id: edit.record_id,
    contact_id,
    version: Math.max(0, number + edit.above),
    last_updated: minute(edit.minute),
    last_updated_by: 'somebody',
    deleted: edit.title === null,
    ...(edit.edited ? { edited: true } : {}),
    ...(edit.incomplete ? { incomplete: true } : {}),
    fields: edit.title === null ? {} : fields,
  };
}
