/** What follows from decisions and answers: pure. State and event in, effects out; the flow carries them out in order. */
import type { ContactId } from '@contact-sync/contact';
import type { Decision } from './decide.ts';
import { changeIdOf } from './history.ts';
import type { ContactState, Held, NewDeadLetter, OpenConflict, Unappended } from './ledger-port.ts';
import type { ApplyOutcome, Delivery, RecordId, Target, Version } from './ports.ts';

/** The contacts that each target has to be sent. */
export type Behind = Readonly<Record<Target, readonly ContactId[]>>;

/** Effects of decisions that are committed, in the order in which they are carried out. */
export interface Following {
  /** BigQuery first. */
  readonly unappended: Unappended;
  readonly opened: readonly OpenConflict[];
  readonly closed: readonly string[];
  readonly behind: Behind;
}

/**
 * True when the target must be sent the head, be it a tombstone: a write whose receipt was lost may have come there all the
 * same. A number above the head's on the head's content is nobody's edit.
 */
export function isBehind(head: Version, held: Held | undefined): boolean {
  return held === undefined || held.content_hash !== head.content_hash || held.version < head.version;
}

/** Nobody is sent a contact in conflict: each system keeps its own candidate. */
export function behindOf(states: readonly ContactState[]): Behind {
  const going = states.filter(({ conflict }) => conflict === null);
  const behindIn = (target: Target): ContactId[] =>
    going.filter(({ head, held }) => head !== null && isBehind(head, held[target])).map(({ contact_id }) => contact_id);
  const [supabase, local, twenty] = [behindIn('supabase'), behindIn('local'), behindIn('twenty')];
  return { supabase, local, twenty };
}

/** What follows from the commits that were won; also what an earlier run that died here left undone. */
export function follow(decisions: readonly Decision[]): Following {
  const rows = decisions
    .flatMap(({ state }) => state.versions.filter(({ appended }) => !appended))
    .map((version) => ({ ...version, change_id: changeIdOf(version) }));
  const unsent = new Set(rows.map(({ contact_id }) => contact_id));
  // A system found behind is sent the head, news or not: a delivery that met an unexpected record ends here, and waits.
  const moved = decisions.filter(
    ({ commit, state: { head } }) =>
      commit.head !== null ||
      unsent.has(commit.contact_id) ||
      commit.held.some((held) => head !== null && isBehind(head, held)),
  );
  return {
    unappended: { rows, events: decisions.flatMap(({ commit }) => commit.events) },
    opened: decisions.flatMap(({ commit }) => (commit.conflict === null ? [] : [commit.conflict])),
    closed: decisions.flatMap(({ commit }) => commit.closed.map(({ conflict_id }) => conflict_id)),
    behind: behindOf(moved.map(({ state }) => state)),
  };
}

/** What a target's answers ask for. */
export interface Settlement {
  /** It holds these now. */
  readonly receipts: readonly (Held & { readonly contact_id: ContactId; readonly record_id: RecordId })[];
  /** Somebody edited there: hear it first. If it was no edit, ingest learns where the record stands and sends again. */
  readonly ahead: readonly RecordId[];
  readonly letters: readonly NewDeadLetter[];
  /** Deliveries that were not answered. */
  readonly missing: number;
}

/**
 * What a target's answers mean: which deliveries came, whom to hear first, what is a dead letter.
 *
 * @param applied answers to these deliveries, any order
 * @throws {Error} for an answer about a contact that was not sent: a fault of the adapter
 */
export function settlement(
  target: Target,
  deliveries: readonly Delivery[],
  applied: readonly ApplyOutcome[],
): Settlement {
  const byContact = new Map(deliveries.map((delivery) => [delivery.contact_id, delivery]));
  const receipts: Settlement['receipts'][number][] = [];
  const ahead: RecordId[] = [];
  const letters: NewDeadLetter[] = [];
  for (const answer of applied) {
    const delivery = byContact.get(answer.contact_id);
    if (delivery === undefined) throw new Error(`${target} answered for a contact that was not sent`);
    const { contact_id, version, content_hash } = delivery;
    switch (answer.outcome) {
      case 'applied':
      case 'unchanged':
        receipts.push({ contact_id, version, content_hash, record_id: answer.record_id });
        break;
      case 'ahead':
        ahead.push(answer.record_id);
        break;
      case 'rejected': {
        const { code, field, message, advice } = answer.error;
        const queue = `propagate-${target}` as const;
        const blamed = { queue, system: target, key: contact_id, contact_id, version };
        letters.push({ ...blamed, code, field: field ?? null, reason: message, advice, attempts: 1 });
        break;
      }
    }
  }
  return { receipts, ahead, letters, missing: deliveries.length - applied.length };
}
