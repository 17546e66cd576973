/** One look at a system: what is read, what should have been, and the second look at whatever seems wrong. */
import type { ContactId } from '@contact-sync/contact';
import { drain } from '../intake.ts';
import type { LinkedRecord } from '../ledger-port.ts';
import { adapterOf, batches, type Parts } from '../parts.ts';
import type { RecordId, System, SystemRecord } from '../ports.ts';
import { patiently } from '../services/patience.ts';
import { bucketOf } from '../watching/bucket.ts';
import type { SealLedger } from '../watching/seals-port.ts';
import type { DriftItem, DriftOptions, DriftProgress } from './drift.ts';
import type { Standing } from './drift-buckets.ts';
import type { Expected } from './drift-expected.ts';
import { discardedEdits, type Known, type Look, lookAt, openLetters } from './drift-look.ts';
import { DRIFT_KINDS, type DriftKind, EXPLAINED, type Explained } from './drift-name.ts';
import { DriftRepairer } from './drift-repair.ts';
import { walk } from './drift-walk.ts';
import type { OperatorLedger } from './port.ts';

const PAGE = 500;
/** With so many suspects they are looked at again before more are taken: memory does not grow with what is wrong. */
const MOST_SUSPECTS = 2_000;
/** Looks at a record that changes between every two of them. */
const ROUNDS = 5;
const ITEMS = 20;

/** Counts while it goes on. */
export class Search {
  scanned = 0;
  read = 0;
  linked = 0;
  in_step = 0;
  readonly explained: Record<Explained, number> = { pending: 0, in_conflict: 0, dead_lettered: 0, discarded: 0 };
  readonly drift: Record<DriftKind, number> = {
    ...{ stale: 0, edited_outside: 0, lost_notification: 0, extra: 0, missing: 0 },
  };
  /** Buckets of which some record was not in step. */
  readonly unclean = new Set<number>();
  readonly items: DriftItem[] = [];
  readonly repairer: DriftRepairer;
  /** Looked at again before they are counted. The value: how one that was not read is linked; `null`: it was read. */
  #suspects = new Map<RecordId, Expected | null>();
  #rechecked = 0;
  readonly #parts: Parts;
  readonly #records: OperatorLedger;
  readonly #system: System;
  readonly #options: DriftOptions;
  readonly #signal: AbortSignal;

  constructor(parts: Parts, records: OperatorLedger, system: System, options: DriftOptions) {
    this.#parts = parts;
    this.#records = records;
    this.#system = system;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.repairer = new DriftRepairer(parts, system);
  }

  async run(seals: SealLedger): Promise<void> {
    const known = { letters: await openLetters(this.#parts, this.#system), discarded: new Map<RecordId, string>() };
    const [parts, system, options, signal] = [this.#parts, this.#system, this.#options, this.#signal];
    await walk(this, { parts, system, options, signal, seals, known });
    await this.#unlinked(seals);
  }

  /** Counts buckets that are in step without anybody's reading them. */
  pass(standing: Standing, unsealed: readonly number[]): void {
    const open = new Set(unsealed);
    for (const [bucket, { records, believed }] of standing) {
      if (open.has(bucket)) continue;
      this.scanned += records;
      this.in_step += records;
      this.linked += believed;
    }
    this.#tell('records', this.scanned);
  }

  /** Records as they were read. */
  async compare(page: readonly SystemRecord[], known: Known): Promise<void> {
    const looks = await lookAt(
      this.#parts,
      this.#system,
      page.map(({ record_id }) => record_id),
      page,
      known,
    );
    for (const look of looks) if (!this.#count(look)) this.#suspects.set(look.record_id, null);
    this.scanned += page.length;
    this.read += page.length;
    this.#tell('records', this.scanned);
    await this.#settle(MOST_SUSPECTS);
  }

  /** Those that should be among what was read. */
  async expect(expected: readonly Expected[], found: ReadonlySet<RecordId>): Promise<void> {
    for (const one of expected) if (!found.has(one.record_id)) this.#suspects.set(one.record_id, one);
    this.linked += expected.length;
    this.#tell('links', this.linked);
    await this.#settle(MOST_SUSPECTS);
  }

  /** Looks again at all that seemed wrong so far. */
  settle(): Promise<void> {
    return this.#settle(1);
  }

  /** The ledger says it in one breath: there is nothing on its way that would explain them. */
  async #unlinked(seals: SealLedger): Promise<void> {
    if (this.#system === 'bigquery') return;
    for (let after: ContactId | null = null; ; ) {
      const ids: readonly ContactId[] = await seals.unlinked(this.#system, after, PAGE);
      after = ids.at(-1) ?? null;
      if (after === null) return;
      this.#signal.throwIfAborted();
      const states = [...(await this.#parts.ledger.contacts(ids)).values()];
      for (const contact_id of ids) this.#note({ name: 'missing', contact_id, record_id: null, fields: [] });
      if (this.#options.repair) await this.repairer.deliverAgain(states);
    }
  }

  /** Looks again at the suspects, once there are so many. */
  async #settle(least: number): Promise<void> {
    if (this.#suspects.size < least) return;
    const suspects = this.#suspects;
    this.#suspects = new Map();
    const discarded = await discardedEdits(this.#records, this.#system, new Set(suspects.keys()));
    for (const ids of batches([...suspects.keys()], PAGE)) {
      this.#signal.throwIfAborted();
      const drift: Look[] = [];
      for (const look of await this.#lookAgain(ids, discarded)) {
        // One that was not read, and is as it should be, is no record that was counted.
        const isUncounted = look.name === 'in_step' && suspects.get(look.record_id) !== null;
        if (isUncounted || this.#count(look)) continue;
        drift.push(look);
      }
      for (const look of drift) this.#note(look);
      this.#rechecked += ids.length;
      this.#tell('suspects', this.#rechecked);
      const links = ids.flatMap((id): [RecordId, LinkedRecord][] => {
        const link = suspects.get(id)?.linked;
        return link ? [[id, link]] : [];
      });
      if (this.#options.repair) await this.repairer.take(drift, new Map(links));
    }
  }

  /**
   * A record that is the same before and after the ledger was asked stood so while it answered. What is read of it was
   * told by then, and is in the inbox, unless nobody ever tells of it.
   */
  async #lookAgain(ids: readonly RecordId[], discarded: Known['discarded']): Promise<readonly Look[]> {
    const settled: Look[] = [];
    let left = ids;
    for (let round = 0; left.length > 0; round++) {
      const before = await this.#fetch(left);
      await this.#patiently(() => drain(this.#parts, this.#system, this.#signal));
      const letters = await openLetters(this.#parts, this.#system);
      const looks = await lookAt(this.#parts, this.#system, left, before, { letters, discarded });
      const suspect = looks.filter(({ name }) => isDrift(name));
      settled.push(...looks.filter(({ name }) => !isDrift(name)));
      if (suspect.length === 0) break;
      const after = statesOf(await this.#fetch(suspect.map(({ record_id }) => record_id)));
      const was = statesOf(before);
      const moved = suspect.filter(({ record_id }) => was.get(record_id) !== after.get(record_id));
      settled.push(...suspect.filter(({ record_id }) => was.get(record_id) === after.get(record_id)));
      // Somebody writes to it all the while.
      if (round === ROUNDS) settled.push(...moved.map((look) => ({ ...look, name: 'pending' as const })));
      left = round === ROUNDS ? [] : moved.map(({ record_id }) => record_id);
    }
    return settled;
  }

  /** @returns false for drift, which is not counted here */
  #count({ name, record_id }: Look): boolean {
    const explained = EXPLAINED.find((one) => one === name);
    if (explained !== undefined) this.unclean.add(bucketOf(record_id));
    if (explained !== undefined) this.explained[explained]++;
    else if (name === 'in_step') this.in_step++;
    else return false;
    return true;
  }

  #note({ name, contact_id, record_id, fields }: Omit<DriftItem, 'kind'> & Pick<Look, 'name'>): void {
    const kind = DRIFT_KINDS.find((one) => one === name);
    if (kind === undefined) return;
    if (record_id !== null) this.unclean.add(bucketOf(record_id));
    this.drift[kind]++;
    if (this.items.length < (this.#options.items ?? ITEMS)) this.items.push({ contact_id, record_id, kind, fields });
  }

  #fetch(ids: readonly RecordId[]): Promise<readonly SystemRecord[]> {
    return this.#patiently(() => adapterOf(this.#parts, this.#system).fetch(ids));
  }

  #patiently<T>(run: () => Promise<T>): Promise<T> {
    return patiently(this.#parts.ambient, this.#signal, run);
  }

  #tell(phase: DriftProgress['phase'], done: number): void {
    this.#options.onProgress?.({ phase, system: this.#system, done });
  }
}

const isDrift = (name: Look['name']): name is DriftKind => DRIFT_KINDS.some((kind) => kind === name);
const statesOf = (records: readonly SystemRecord[]): ReadonlyMap<RecordId, string> =>
  new Map(records.map((record) => [record.record_id, JSON.stringify(record)]));
