import type { Person, PersonEvent } from '@contact-sync/system-twenty/model';
import type { Clock } from './model.ts';
import { differing, keysOf, type Marks, personOf, refused, type Values, written } from './twenty-values.ts';

export type Actor = Person['updatedBy'];

/** What happened to one person. */
export interface Event {
  readonly event: PersonEvent;
  readonly person: Person;
}

/** What a request answers, and what its webhooks tell once it has succeeded. */
export interface Done<T> {
  readonly value: T;
  readonly events: readonly Event[];
}

/** A person was stored otherwise than before; `null` for one that was not there. */
export type Stored = (before: Person | null, after: Person, by: Actor) => void;

const duplicate = () => refused('A duplicate entry was detected');

/** The people of a workspace, with Twenty's rules for writing them. People are never changed, only replaced. */
export class People {
  readonly #people = new Map<string, Person>();
  readonly #holders = new Map<string, string>();
  readonly #now: Clock;
  readonly #stored: Stored;
  #count = 0;

  constructor(now: Clock, stored: Stored) {
    this.#now = now;
    this.#stored = stored;
  }

  get = (id: string): Person | undefined => this.#people.get(id);

  /** Deleted ones too, in the order of their ids. */
  all = (): readonly Person[] => [...this.#people.values()].sort((a, b) => (a.id < b.id ? -1 : 1));

  /** Who has the unique value, as `contactId:1`. */
  holder = (key: string): Person | undefined => this.#people.get(this.#holders.get(key) ?? '');

  /** All or none. @throws {Refused} */
  create(rows: readonly Values[], by: Actor): Done<Person[]> {
    const taken = new Set<string>();
    const people = rows.map((row) => {
      const person = this.#born(row, by);
      for (const key of [person.id, ...keysOf(person.values)]) {
        if (taken.has(key) || this.#people.has(key) || this.#holders.has(key)) throw duplicate();
        taken.add(key);
      }
      return person;
    });
    for (const person of people) this.#put(null, person, by);
    return { value: people, events: people.map((person) => ({ event: 'person.created', person })) };
  }

  /**
   * Not atomic: updates run one by one and stay when a later row fails, and then none is told. The answer has the updated
   * people first, each once. @throws {Refused}
   */
  upsert(rows: readonly Values[], by: Actor): Done<Person[]> {
    const planned = rows.map((row) => ({ row, match: this.#match(row) }));
    const updated = new Map<string, Person>();
    const events: Event[] = [];
    for (const { row, match } of planned) {
      if (match === undefined) continue;
      const done = this.#write(updated.get(match.id) ?? match, row, by, { deletedAt: null });
      events.push(...done.events);
      updated.set(match.id, done.value);
    }
    const inserted = this.create(
      planned.flatMap(({ row, match }) => (match === undefined ? [row] : [])),
      by,
    );
    return { value: [...updated.values(), ...inserted.value], events: [...events, ...inserted.events] };
  }

  /** Also reaches one that was softly deleted, and leaves it so. @throws {Refused} */
  patch(id: string, values: Values, by: Actor): Done<Person | null> {
    const person = this.#people.get(id);
    return person === undefined ? NOTHING : this.#write(person, values, by);
  }

  softDelete(id: string, by: Actor, at = this.#time()): Done<Person | null> {
    const before = this.#people.get(id);
    if (before === undefined || before.deletedAt !== null) return NOTHING;
    const person = this.#put(before, { ...before, updatedAt: at, deletedAt: at, updatedBy: by }, by);
    return { value: person, events: [{ event: 'person.deleted', person }] };
  }

  /** Leaves `updatedBy` as it was, as Twenty does. */
  restore(id: string, by: Actor, at = this.#time()): Done<Person | null> {
    const before = this.#people.get(id);
    if (before === undefined || before.deletedAt === null) return NOTHING;
    const person = this.#put(before, { ...before, updatedAt: at, deletedAt: null }, by);
    return { value: person, events: [{ event: 'person.restored', person }] };
  }

  destroy(id: string): Done<Person | null> {
    const person = this.#people.get(id);
    if (person === undefined) return NOTHING;
    this.#people.delete(id);
    for (const key of keysOf(person.values)) this.#holders.delete(key);
    return { value: person, events: [{ event: 'person.destroyed', person }] };
  }

  /** Storage has microseconds, what is shown has milliseconds. */
  #time = (): string => new Date(Math.floor(Number(this.#now()) / 1_000)).toISOString();

  #born(row: Values, by: Actor): Person {
    const time = this.#time();
    const { id = this.#newId(), updatedAt = time } = row;
    const marks = { id: String(id), createdAt: time, updatedAt: String(updatedAt), deletedAt: null, updatedBy: by };
    return personOf(marks, written(row));
  }

  /** A write that changes nothing still moves `updatedAt`, but is not told. */
  #write(before: Person, row: Values, by: Actor, marks: Partial<Marks> = {}): Done<Person> {
    const values = written(row, before.values);
    const { updatedAt = this.#time() } = row;
    const taken = keysOf(values).some((key) => (this.#holders.get(key) ?? before.id) !== before.id);
    if (taken) throw duplicate();
    const next = personOf({ ...before, ...marks, updatedAt: String(updatedAt), updatedBy: by }, values);
    const person = this.#put(before, next, by);
    const changed = before.deletedAt !== person.deletedAt || differing(before.values, values).length > 0;
    return { value: person, events: changed ? [{ event: 'person.updated', person }] : [] };
  }

  #put(before: Person | null, after: Person, by: Actor): Person {
    if (before !== null) for (const key of keysOf(before.values)) this.#holders.delete(key);
    for (const key of keysOf(after.values)) this.#holders.set(key, after.id);
    this.#people.set(after.id, after);
    this.#stored(before, after, by);
    return after;
  }

  #match(row: Values): Person | undefined {
    const byId = this.#people.get(String(row.id ?? ''));
    const matches = new Set([byId, ...keysOf(written(row)).map(this.holder)].filter((person) => person !== undefined));
    if (matches.size > 1) throw refused('Multiple records found…');
    return [...matches][0];
  }

  /** In no order, as UUIDs are: the first part is the count, multiplied by an odd number modulo 2^32. */
  #newId(): string {
    this.#count += 1;
    const scattered = (Math.imul(this.#count, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
    return `${scattered}-0000-4000-8000-${this.#count.toString(16).padStart(12, '0')}`;
  }
}

const NOTHING: Done<null> = { value: null, events: [] };
