import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Filter } from './filter.ts';
import type { Metadata } from './metadata.ts';
import { badInput, badRequest, notFound } from './refusal.ts';
import { emails, jsonb, links, name, object, phones, type Row, text } from './values.ts';
import type { Event } from './webhooks.ts';

/** Who a request acts as; goes into `createdBy` and `updatedBy`. */
export interface Actor {
  readonly source: 'API' | 'MANUAL';
  readonly workspaceMemberId: string | null;
  readonly name: string;
  readonly userId: string | null;
}

/** A person as stored: what the REST interface shows at depth 0. */
export type Person = Row & { readonly id: string; updatedAt: string; deletedAt: string | null };

/** What a write did; the webhooks are told only after the whole request has succeeded. */
export interface Written<T> {
  readonly value: T;
  readonly events: readonly Event[];
}

const MAX_ROWS = 200;
const COMPOSITE: Readonly<Record<string, (input: Row) => Row>> = { name, emails, phones, linkedinLink: links };
const uuid = z.uuid();

const duplicate = () => badRequest('A duplicate entry was detected');
const primaryEmail = (row: Row): unknown => Reflect.get(Object(row.emails), 'primaryEmail');

/** The people of the workspace, with Twenty's rules for writing them. */
export class People {
  readonly #rows = new Map<string, Person>();
  readonly #metadata: Metadata;
  readonly #now: () => number;
  #position = 0;

  constructor(metadata: Metadata, now: () => number) {
    this.#metadata = metadata;
    this.#now = now;
  }

  all(): readonly Person[] {
    return [...this.#rows.values()].map((row) => this.#shown(row));
  }

  find(filter: Filter | null): readonly Person[] {
    return this.all()
      .filter((row) => row.deletedAt === null || filter?.seesDeleted)
      .filter((row) => filter === null || filter.matches(row))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** A live person. */
  get(id: string): Person {
    const row = this.#rows.get(id);
    if (!row || row.deletedAt !== null) throw notFound();
    return this.#shown(row);
  }

  insert(inputs: readonly Row[], actor: Actor): Written<Person[]> {
    const rows = inputs.map((input) => this.#values(input)).map((values) => this.#newRow(values, actor));
    this.#addAll(rows);
    return { value: rows.map((row) => this.#shown(row)), events: rows.map((row) => this.#created(row, actor)) };
  }

  /**
   * Not atomic, as observed: updates run one by one and stay when a later row fails, and then none is told by webhook.
   * The answer has the updated rows first, each once, then the inserted ones.
   */
  upsert(inputs: readonly Row[], actor: Actor): Written<Person[]> {
    if (inputs.length > MAX_ROWS) throw badRequest(`Maximum number of records to upsert is ${MAX_ROWS}.`);
    const planned = inputs.map((input) => {
      const values = this.#values(input);
      return { values, match: this.#match(values) };
    });
    const updated = new Set<Person>();
    const events: Event[] = [];
    for (const { values, match } of planned) {
      if (!match) continue;
      const { id: _, ...rest } = values;
      events.push(...this.#write(match, { ...rest, deletedAt: null }, actor));
      updated.add(match);
    }
    const inserted = planned.filter(({ match }) => !match).map(({ values }) => this.#newRow(values, actor));
    this.#addAll(inserted);
    events.push(...inserted.map((row) => this.#created(row, actor)));
    return { value: [...updated, ...inserted].map((row) => this.#shown(row)), events };
  }

  /** Also reaches a row that was softly deleted, and leaves it so: seen in the recorded `person.destroyed`. */
  patch(id: string, input: Row, actor: Actor): Written<Person> {
    const row = this.#rows.get(id);
    if (!row) throw notFound();
    const events = this.#write(row, this.#values(input), actor);
    return { value: this.#shown(row), events };
  }

  softDelete(id: string, actor: Actor): Written<Person> {
    const row = this.#rows.get(id);
    if (!row || row.deletedAt !== null) throw notFound();
    row.updatedAt = this.#time();
    row.deletedAt = row.updatedAt;
    row.updatedBy = actorField(actor);
    return { value: this.#shown(row), events: [this.#event('person.deleted', row, actor, ['deletedAt'])] };
  }

  destroy(id: string, actor: Actor): Written<{ id: string }> {
    const row = this.#rows.get(id);
    if (!row) throw notFound();
    this.#rows.delete(id);
    return { value: { id }, events: [this.#event('person.destroyed', row, actor)] };
  }

  restore(filter: Filter, actor: Actor): Written<Person[]> {
    const rows = [...this.#rows.values()].filter((row) => row.deletedAt !== null && filter.matches(this.#shown(row)));
    for (const row of rows) {
      row.deletedAt = null;
      row.updatedAt = this.#time();
    }
    return {
      value: rows.map((row) => this.#shown(row)),
      events: rows.map((row) => this.#event('person.restored', row, actor, ['deletedAt'])),
    };
  }

  /** A field that was removed takes its values with it: created again, it is empty. */
  forget(name: string): void {
    for (const row of this.#rows.values()) delete row[name];
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }

  /** Fields created after the row was stored read as empty. */
  #shown(row: Person): Person {
    const custom = this.#metadata.custom.map(({ name: key, type }) => {
      const value = Object.hasOwn(row, key) ? row[key] : null;
      return [key, value ?? (type === 'TEXT' ? '' : null)];
    });
    return structuredClone({ ...row, ...Object.fromEntries(custom) });
  }

  /** The request's values, normalised, or the refusal of the first bad one: nothing has been written yet. */
  #values(input: Row): Row {
    const values: Row = {};
    for (const [key, value] of Object.entries(input)) {
      const composite = Object.hasOwn(COMPOSITE, key) ? COMPOSITE[key] : undefined;
      const custom = this.#metadata.custom.find((field) => field.name === key);
      if (composite) {
        if (value !== null && value !== undefined) values[key] = composite(object(value, key));
      } else if (key === 'id') {
        const id = uuid.safeParse(value);
        if (!id.success) throw badInput('id');
        values.id = id.data.toLowerCase();
      } else if (key === 'updatedAt') {
        values.updatedAt = new Date(String(value)).toISOString();
      } else if (key === 'jobTitle' || key === 'avatarUrl' || custom?.type === 'TEXT') {
        values[key] = text(value, key);
      } else if (custom?.type === 'NUMBER') {
        if (value !== null && typeof value !== 'number') throw badInput(key);
        values[key] = value;
      } else if (custom?.type === 'RAW_JSON') {
        const empty = typeof value === 'object' && Object.keys(value ?? {}).length === 0 && !Array.isArray(value);
        values[key] = empty ? null : jsonb(value);
      } else if (custom) {
        values[key] = value ?? null;
      } else throw badRequest(`Object person doesn't have any "${key}" field.`);
    }
    return values;
  }

  /** The unique values of a row, apart from its id. Empty ones are never equal. */
  #keys(row: Row): readonly string[] {
    const unique = this.#metadata.custom
      .filter((field) => field.isUnique)
      .map((field) => [field.name, row[field.name]]);
    return [['emails', primaryEmail(row)], ...unique]
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([key, value]) => `${String(key)}:${String(value)}`);
  }

  #match(values: Row): Person | undefined {
    const wanted = this.#keys(values);
    const rows = [...this.#rows.values()].filter(
      (row) => row.id === values.id || this.#keys(row).some((key) => wanted.includes(key)),
    );
    // Only the beginning of the text was observed, and it tells this refusal from others.
    if (rows.length > 1) throw badRequest('Multiple records found…');
    return rows[0];
  }

  #newRow(values: Row, actor: Actor): Person {
    const time = this.#time();
    const { id = randomUUID(), name: given, emails: mails, linkedinLink, jobTitle, phones: numbers, ...rest } = values;
    const empty = {
      name: { firstName: '', lastName: '' },
      emails: { primaryEmail: '', additionalEmails: [] },
      linkedinLink: { primaryLinkLabel: '', primaryLinkUrl: '', secondaryLinks: [] },
      phones: {
        primaryPhoneNumber: '',
        primaryPhoneCountryCode: '',
        primaryPhoneCallingCode: '',
        additionalPhones: [],
      },
    };
    return {
      id: String(id),
      createdAt: time,
      updatedAt: time,
      deletedAt: null,
      name: Object.assign(empty.name, given),
      emails: Object.assign(empty.emails, mails),
      linkedinLink: Object.assign(empty.linkedinLink, linkedinLink),
      jobTitle: jobTitle ?? '',
      phones: Object.assign(empty.phones, numbers),
      avatarUrl: '',
      avatarFile: null,
      position: -this.#position++,
      createdBy: actorField(actor),
      updatedBy: actorField(actor),
      searchVector: '',
      companyId: null,
      ...rest,
    };
  }

  /** One insert statement: all of the rows or none. */
  #addAll(rows: readonly Person[]): void {
    const taken = new Set([...this.#rows.values()].flatMap((row) => [row.id, ...this.#keys(row)]));
    for (const row of rows)
      for (const key of [row.id, ...this.#keys(row)]) {
        if (taken.has(key)) throw duplicate();
        taken.add(key);
      }
    for (const row of rows) this.#rows.set(row.id, row);
  }

  /** A write that changes nothing still moves `updatedAt`, but is not told. */
  #write(row: Person, values: Row, actor: Actor): Event[] {
    const next: Row = {};
    for (const [key, value] of Object.entries(values))
      next[key] = Object.hasOwn(COMPOSITE, key) ? { ...Object(row[key]), ...Object(value) } : value;
    const keys = this.#keys({ ...row, ...next });
    for (const other of this.#rows.values())
      if (other !== row && this.#keys(other).some((key) => keys.includes(key))) throw duplicate();
    const before = this.#shown(row);
    const changed = Object.keys(next).filter(
      (key) => key !== 'updatedAt' && JSON.stringify(before[key] ?? null) !== JSON.stringify(next[key] ?? null),
    );
    const by = actorField(actor);
    const actorChanged = JSON.stringify(by) !== JSON.stringify(row.updatedBy);
    Object.assign(row, { updatedAt: this.#time() }, next, { updatedBy: by });
    if (changed.length === 0) return [];
    return [this.#event('person.updated', row, actor, actorChanged ? [...changed, 'updatedBy'] : changed)];
  }

  #created = (row: Person, actor: Actor) => this.#event('person.created', row, actor);

  #event(event: Event['name'], row: Person, actor: Actor, updatedFields?: readonly string[]): Event {
    const { userId, workspaceMemberId } = actor;
    return {
      name: event,
      record: this.#shown(row),
      ...(updatedFields ? { updatedFields } : {}),
      user: userId !== null && workspaceMemberId !== null ? { userId, workspaceMemberId } : null,
    };
  }
}

const actorField = ({ source, workspaceMemberId, name: by }: Actor): Row => ({
  source,
  workspaceMemberId,
  name: by,
  context: {},
});
