import { type Content, isTimestamp, type Timestamp } from '@contact-sync/contact';
import type { Change, RecordId, SystemRecord } from '@contact-sync/sync';
import {
  changeOf,
  createLens,
  type Page,
  type Person,
  type PersonLens,
  type Row,
  readerOf,
  type Wanted,
} from '@contact-sync/system-twenty/model';
import { cachedBy, cachedLens } from './cached.ts';
import type { Clock, Destroyers, HubWrite, Observed, Patch } from './model.ts';
import { type Actor, type Done, People } from './twenty-people.ts';
import { differing, MAPPING, type Values } from './twenty-values.ts';

export interface TwentyServerOptions {
  readonly now: Clock;
  /** One event of a webhook, as the hub reads it; Twenty calls once, whether anybody hears it or not. */
  readonly onWebhook: (change: Change) => void;
}

/** One workspace. Each method is one request. */
export interface TwentyServer extends Destroyers, Observed {
  destroy(record_id: RecordId): SystemRecord | null;
  /** A user writes into any fields, those of the sync too, as Twenty spells them. @throws {Refused} */
  set(record_id: RecordId, values: Row): SystemRecord | null;
  /** A person that nobody sees before it is committed, with the time at which it was begun. */
  begin(content: Patch): { commit(): SystemRecord };

  /** As the real adapter reads it. */
  readonly read: (person: Person) => SystemRecord;
  readonly rest: Rest;
}

/** What the hub may ask. */
export interface Rest {
  /** Of the header `Date`: milliseconds since the Unix epoch, whole seconds. */
  date(): number;
  page(options: { since: string | null; after: string | null; limit: number }): Page;
  find(wanted: readonly Wanted[]): readonly Person[];
  create(rows: readonly Row[]): readonly Person[];
  upsert(rows: readonly Row[]): readonly Person[];
  patch(id: string, values: Row): Person | null;
  softDelete(id: string): boolean;
}

const bare = createLens(MAPPING);
/** The real one. */
export const lens: PersonLens = { ...cachedLens(bare), isCurrent: cachedBy(bare.isCurrent) };
const SYNC_FIELDS: ReadonlySet<string> = new Set(Object.values(MAPPING.sync));

const HUB: Actor = { source: 'API', workspaceMemberId: null };
const USER: Actor = { source: 'MANUAL', workspaceMemberId: '20202020-0000-4000-8000-000000000001' };

/** As the client may set `updatedAt`, in milliseconds. */
const millis = (at: Timestamp): string => `${at.slice(0, 23)}Z`;
const timed = (at: Timestamp | undefined): Values => (at === undefined ? {} : { updatedAt: millis(at) });

/** A workspace of Twenty: no compare-and-swap, no memory of who is destroyed, a webhook for every change, the hub's too. */
export function createTwentyServer({ now, onWebhook }: TwentyServerOptions): TwentyServer {
  const writes: HubWrite[] = [];
  const read = cachedBy(readerOf(MAPPING, lens));
  const people = new People(now, (before, after, by) => {
    if (by === HUB) writes.push(writeOf(before, after, read(after)));
  });

  const told = <T>({ value, events }: Done<T>): T => {
    for (const { event, person } of events) onWebhook(changeOf(event, read(person)));
    return value;
  };
  const shown = (done: Done<Person | null>): SystemRecord | null => {
    const person = told(done);
    return person === null ? null : read(person);
  };
  const created = (values: Values): SystemRecord => {
    const [person] = told(people.create([values], USER));
    if (person === undefined) throw new Error('created one');
    return read(person);
  };

  return {
    writes,
    records: () => people.all().map(read),

    create: (content, at) => created({ ...spelled(content), ...timed(at) }),

    edit(id, patch, at) {
      const person = people.get(id);
      if (person === undefined) return null;
      const changes = touched(read(person), patch);
      return Object.keys(changes).length === 0 ? null : shown(people.patch(id, { ...changes, ...timed(at) }, USER));
    },

    remove: (id, at) => shown(people.softDelete(id, USER, at && millis(at))),
    revive: (id, at) => shown(people.restore(id, USER, at && millis(at))),
    destroy(id) {
      const record = shown(people.destroy(id));
      return record === null ? null : { ...record, deleted: true };
    },
    set: (id, values) => shown(people.patch(id, values, USER)),

    begin(content) {
      const begun = new Date(Math.floor(Number(now()) / 1_000)).toISOString();
      return { commit: () => created({ ...spelled(content), updatedAt: begun }) };
    },

    read,
    rest: restOf(people, now, told),
  };
}

function restOf(people: People, now: Clock, told: <T>(done: Done<T>) => T): Rest {
  return {
    date: () => Math.floor(Number(now()) / 1_000_000) * 1_000,

    page({ since, after, limit }) {
      const rest = people.all().filter(({ id, updatedAt }) => id > (after ?? '') && updatedAt >= (since ?? ''));
      const page = rest.slice(0, limit);
      return { people: page, next: page.length < rest.length ? (page.at(-1)?.id ?? null) : null };
    },

    find(wanted) {
      const found = wanted.flatMap(({ field, values }) =>
        values.flatMap((value) => (field === 'id' ? people.get(value) : people.holder(`${field}:${value}`)) ?? []),
      );
      return [...new Set(found)].sort((a, b) => (a.id < b.id ? -1 : 1));
    },

    create: (rows) => told(people.create(rows, HUB)),
    upsert: (rows) => told(people.upsert(rows, HUB)),
    patch: (id, values) => told(people.patch(id, values, HUB)),
    softDelete: (id) => told(people.softDelete(id, HUB)) !== null,
  };
}

/** All of a content, as a person is brought. */
const spelled = (content: Patch): Values => lens.toRecord(contentOf(content));

/** The fields of the person that this change of its content touches. */
function touched(record: SystemRecord, patch: Patch): Values {
  const before = Object(lens.fromRecord(record.fields, null));
  const [was, is] = [spelled(before), spelled({ ...before, ...patch })];
  return Object.fromEntries(differing(was, is).map((field) => [field, is[field] ?? null]));
}

/** Twenty does not mind what is no contact: the lens only moves values. Empty ones are left out, as in normal form. */
const contentOf = (content: Patch): Content =>
  Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null && value !== '')) as Content;

function writeOf(before: Person | null, after: Person, record: SystemRecord): HubWrite {
  const { syncUpdatedAt } = after.values;
  const at = typeof syncUpdatedAt === 'string' && isTimestamp(syncUpdatedAt) ? syncUpdatedAt : record.last_updated;
  const { record_id, contact_id, version } = record;
  const wasDeleted = before === null || before.deletedAt !== null;
  const changed =
    wasDeleted !== record.deleted ||
    (!record.deleted && differing(before?.values ?? {}, after.values).some((field) => !SYNC_FIELDS.has(field)));
  return { contact_id, record_id, version, last_updated: at, record, changed };
}
