/** What is done about drift: each kind by the way on which the hub would have dealt with it, had it been told. */
import { contentHash } from '@contact-sync/contact';
import { deleteMissing } from '../compare.ts';
import { PermanentError } from '../errors.ts';
import { changeIdOf } from '../history.ts';
import type { ContactCommit, ContactState, LinkedRecord } from '../ledger-port.ts';
import { adapterOf, type Parts } from '../parts.ts';
import { type System, TARGETS, type Target } from '../ports.ts';
import { append } from '../publish.ts';
import type { Look } from './drift-look.ts';

/** So many removed records are kept until the end: with more, a person has to look anyway. */
const MOST_REMOVED = 10_000;

/** What became of the drift that was found. */
export interface DriftRepair {
  /** Records that the queues were told of, or that were taken for deleted; what comes of it, the ledger shows. */
  readonly handed: number;
  /** Records that were left as they are. */
  readonly not_repaired: number;
  /** Why, by code: `TOO_MANY_MISSING`, `CONTENDED`. */
  readonly codes: readonly string[];
}

/**
 * Hands drift to those who deal with it.
 *
 * - A record that is there is read again by ingest: what it holds becomes an edit, loses, ties or is refused as any
 *   other; an older version is found behind, and is sent the head.
 * - BigQuery is appended once more what the ledger knows of the contact; appending twice is the same as once.
 * - A record that is gone, of a system that forgets what was removed, is taken for deleted, as `deleteMissing` has it.
 * - Elsewhere a row cannot go unheard unless somebody went round the triggers: the ledger notes that nothing is held
 *   there, and the head is delivered again, under a new record. So it is with a contact that no record ever stood for.
 */
export class DriftRepairer {
  readonly #parts: Parts;
  readonly #system: System;
  readonly #removed: LinkedRecord[] = [];
  #unkept = 0;
  #handed = 0;
  #left = 0;
  readonly #codes = new Set<string>();

  constructor(parts: Parts, system: System) {
    this.#parts = parts;
    this.#system = system;
  }

  /** @param linked how the ledger links those that are missing */
  async take(drift: readonly Look[], linked: ReadonlyMap<string, LinkedRecord>): Promise<void> {
    const missing = drift.filter(({ name }) => name === 'missing');
    const there = drift.filter(({ name }) => name !== 'missing');
    if (this.#system === 'bigquery') await this.#appendAgain(drift);
    else if (adapterOf(this.#parts, this.#system).forgets_removed) this.#keep(missing, linked);
    else await this.deliverAgain(missing.flatMap(({ state }) => state ?? []));
    if (there.length === 0) return;
    await this.#parts.queues.ingest(
      this.#system,
      there.map(({ record_id }) => record_id),
    );
    this.#handed += there.length;
  }

  /** @param linked how many records of the system are linked: what part of them may be removed unasked depends on it */
  async end(linked: number): Promise<DriftRepair> {
    const removed = this.#removed.length + this.#unkept;
    try {
      if (this.#unkept > 0) throw new PermanentError('TOO_MANY_MISSING', 'too many', { advice: 'Look at the system.' });
      await deleteMissing(this.#parts, this.#system, { linked, missing: this.#removed });
      this.#handed += removed;
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      this.#left += removed;
      this.#codes.add(error.code);
    }
    return { handed: this.#handed, not_repaired: this.#left, codes: [...this.#codes] };
  }

  async #appendAgain(drift: readonly Look[]): Promise<void> {
    const states = drift.flatMap(({ state }) => state ?? []);
    const rows = states.flatMap(({ versions }) => versions.map((one) => ({ ...one, change_id: changeIdOf(one) })));
    await append(this.#parts, { rows, events: [] });
    this.#handed += drift.filter(({ name }) => name === 'missing').length;
  }

  #keep(missing: readonly Look[], linked: ReadonlyMap<string, LinkedRecord>): void {
    for (const { record_id } of missing) {
      const link = linked.get(record_id);
      if (link !== undefined && this.#removed.length < MOST_REMOVED) this.#removed.push(link);
      else this.#unkept++;
    }
  }

  /** Has the target sent the heads of these contacts, of which it has nothing. */
  async deliverAgain(states: readonly ContactState[]): Promise<void> {
    const target = TARGETS.find((name) => name === this.#system);
    if (target === undefined || states.length === 0) return;
    const { lost } = await this.#parts.ledger.commit(
      states.map((state) => nothingHeld(state, target)),
      [],
    );
    const sent = states.map(({ contact_id }) => contact_id).filter((id) => !lost.has(id));
    if (sent.length > 0) await this.#parts.queues.propagate(target, sent);
    this.#handed += sent.length;
    this.#left += lost.size;
    if (lost.size > 0) this.#codes.add('CONTENDED');
  }
}

/** The target is known to hold nothing of the contact: it is behind now, and gets the head under a new record. */
export const nothingHeld = ({ contact_id, revision }: ContactState, target: Target): ContactCommit => ({
  contact_id,
  expected_revision: revision,
  head: null,
  history: [],
  held: [{ target, version: 0, content_hash: contentHash(null) }],
  links: [],
  conflict: null,
  closed: [],
  events: [],
  inbox_done: [],
});
