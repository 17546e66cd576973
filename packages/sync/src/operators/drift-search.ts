/** One look at a system: the scan, the links, and the second look at whatever seems wrong. */
import { drain } from '../intake.ts';
import type { LinkedRecord } from '../ledger-port.ts';
import { adapterOf, batches, type Parts } from '../parts.ts';
import type { RecordId, System, SystemRecord } from '../ports.ts';
import { patiently } from '../services/patience.ts';
import type { DriftItem, DriftOptions, DriftProgress } from './drift.ts';
import { type Expected, ExpectedSoFar, expectedPages } from './drift-expected.ts';
import { discardedEdits, type Known, type Look, lookAt, openLetters } from './drift-look.ts';
import { DRIFT_KINDS, type DriftKind, EXPLAINED, type Explained } from './drift-name.ts';
import { DriftRepairer } from './drift-repair.ts';
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
  linked = 0;
  in_step = 0;
  readonly explained: Record<Explained, number> = { pending: 0, in_conflict: 0, dead_lettered: 0, discarded: 0 };
  readonly drift: Record<DriftKind, number> = { stale: 0, edited_outside: 0, extra: 0, missing: 0 };
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

  async run(): Promise<void> {
    const adapter = adapterOf(this.#parts, this.#system);
    // Where a scan gives records in the order of the links, what is missing shows as it goes by.
    const inOrder = this.#system === 'bigquery' || adapter.forgets_removed === true;
    const sofar = inOrder ? new ExpectedSoFar(this.#parts, this.#system) : null;
    const known = { letters: await openLetters(this.#parts, this.#system), discarded: new Map<RecordId, string>() };
    let cursor: string | null = null;
    do {
      this.#signal.throwIfAborted();
      const from: string | null = cursor;
      const page: Awaited<ReturnType<typeof adapter.scan>> = await this.#patiently(() => adapter.scan(from, PAGE));
      cursor = page.cursor;
      await this.#compare(page.records, known);
      const last = page.records.at(-1)?.record_id;
      if (cursor === null || last !== undefined)
        await this.#missing(sofar, page.records, cursor === null ? null : (last ?? null));
    } while (cursor !== null);
    if (sofar === null)
      for await (const page of expectedPages(this.#parts, this.#system)) {
        this.#signal.throwIfAborted();
        this.#lookFor(page, await this.#fetch(page.map(({ record_id }) => record_id)));
        await this.#settle(MOST_SUSPECTS);
      }
    await this.#settle(1);
  }

  async #compare(page: readonly SystemRecord[], known: Known): Promise<void> {
    const looks = await lookAt(
      this.#parts,
      this.#system,
      page.map(({ record_id }) => record_id),
      page,
      known,
    );
    for (const look of looks) if (!this.#count(look)) this.#suspects.set(look.record_id, null);
    this.scanned += page.length;
    this.#tell('records', this.scanned);
    await this.#settle(MOST_SUSPECTS);
  }

  async #missing(sofar: ExpectedSoFar | null, page: readonly SystemRecord[], last: RecordId | null): Promise<void> {
    if (sofar === null) return;
    for (let some = await sofar.next(last); some.length > 0; some = await sofar.next(last)) {
      this.#lookFor(some, page);
      await this.#settle(MOST_SUSPECTS);
    }
  }

  #lookFor(expected: readonly Expected[], found: readonly SystemRecord[]): void {
    const there = new Set(found.map(({ record_id }) => record_id));
    for (const one of expected) if (!there.has(one.record_id)) this.#suspects.set(one.record_id, one);
    this.linked += expected.length;
    this.#tell('links', this.linked);
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
  #count({ name }: Look): boolean {
    const explained = EXPLAINED.find((one) => one === name);
    if (explained !== undefined) this.explained[explained]++;
    else if (name === 'in_step') this.in_step++;
    else return false;
    return true;
  }

  #note({ name, contact_id, record_id, fields }: Look): void {
    const kind = DRIFT_KINDS.find((one) => one === name);
    if (kind === undefined) return;
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
