import type { Json } from '@contact-sync/contact';
import { z } from 'zod';
import { Refused, unexpected } from './failures.ts';
import type { Http } from './http.ts';
import type { Person } from './person.ts';

/** Twenty documents 60 rows for a batch (200 is where it refuses) and shows at most 200 a page. */
export const BATCH_SIZE = 60;
export const PAGE_SIZE = 200;

/** Longest query text: proxies often end at 8 kB for the whole line. */
const MAX_QUERY = 6_500;

/** Softly deleted people are shown only to those who ask for both. */
const EVERYBODY = 'or(deletedAt[is]:NULL,deletedAt[is]:NOT_NULL)';

const ignored = z.unknown();

/** A page of people. */
export interface Page {
  readonly people: readonly Person[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

/** The values of one field that are looked for. */
export interface Wanted {
  /** As Twenty names it: `id`, `contactId`, `emails.primaryEmail`. */
  readonly field: string;
  readonly values: readonly string[];
}

/** The people of a workspace, as its REST API gives and takes them. */
export interface People {
  /** People, softly deleted ones too, in the order of their ids. @param since only those updated at or after this ISO instant */
  page(options: { since: string | null; after: string | null; limit: number }): Promise<Page>;
  /** Everybody, softly deleted too, who has one of the values: one request for as many as fit an address. */
  find(wanted: readonly Wanted[]): Promise<readonly Person[]>;
  /** New people, all or none. @throws {Refused} when a row is bad, or a unique value is taken */
  create(rows: readonly Row[]): Promise<readonly Person[]>;
  /** Not atomic, see the README. @throws {Refused} when a row is bad */
  upsert(rows: readonly Row[]): Promise<readonly Person[]>;
  /** The person as it stands after, deleted or not; `null` when there is none. */
  patch(id: string, values: Row): Promise<Person | null>;
  /** False when there is no such person, or it was deleted before. */
  softDelete(id: string): Promise<boolean>;
}

/** Fields of a person to be written, by their names in Twenty. */
export type Row = Readonly<Record<string, Json>>;

export function createPeople(http: Http, personSchema: z.ZodType<Person>): People {
  const pageSchema = z.object({
    data: z.object({ people: z.array(personSchema) }),
    pageInfo: z.object({ endCursor: z.string().nullish(), hasNextPage: z.boolean().nullish() }),
  });
  const patchedSchema = z.object({ data: z.object({ updatePerson: personSchema }) });
  const batchSchema = z.object({ data: z.object({ createPeople: z.array(personSchema) }) });

  const list = async (query: Readonly<Record<string, string>>): Promise<Page> => {
    const { data, pageInfo } = await http.call('/rest/people', pageSchema, { query: { ...query, depth: '0' } });
    const next = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
    if (pageInfo.hasNextPage && next === null) throw unexpected('a page without a cursor to the next');
    if (next !== null && next === query.starting_after) throw unexpected('a page that leads to itself');
    // In any other order pages would skip people, and who is skipped counts as removed.
    const isAscending = data.people.every(({ id }, index) => (data.people[index - 1]?.id ?? '') < id);
    if (!isAscending) throw unexpected('people in another order than that of their ids');
    return { people: data.people, next };
  };

  const post = async (body: readonly Row[], query: Readonly<Record<string, string>>) => {
    const { data } = await http.call('/rest/batch/people', batchSchema, { method: 'POST', query, body });
    return data.createPeople;
  };

  const found = async <T>(call: () => Promise<T>): Promise<T | null> => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Refused && error.answer.status === 404) return null;
      throw error;
    }
  };

  return {
    page: ({ since, after, limit }) =>
      list({
        filter: since === null ? EVERYBODY : `and(updatedAt[gte]:"${since}",${EVERYBODY})`,
        limit: String(limit),
        ...(after === null ? {} : { starting_after: after }),
      }),

    async find(wanted) {
      const people = new Map<string, Person>();
      for (const filter of filtersFor(wanted)) {
        let after: string | null = null;
        do {
          const page: Page = await list({
            filter: `and(${EVERYBODY},${filter})`,
            limit: String(PAGE_SIZE),
            ...(after === null ? {} : { starting_after: after }),
          });
          for (const person of page.people) people.set(person.id, person);
          after = page.next;
        } while (after !== null);
      }
      return [...people.values()];
    },

    create: (rows) => post(rows, {}),
    upsert: (rows) => post(rows, { upsert: 'true' }),

    patch: (id, body) =>
      found(async () => {
        const { data } = await http.call(`/rest/people/${id}`, patchedSchema, { method: 'PATCH', body });
        return data.updatePerson;
      }),

    // Without the parameter Twenty deletes for good.
    softDelete: (id) =>
      found(async () => {
        await http.call(`/rest/people/${id}`, ignored, { method: 'DELETE', query: { soft_delete: 'true' } });
        return true;
      }).then((deleted) => deleted ?? false),
  };
}

/** One filter where all values fit into one address, several where addresses of email are very long. */
function* filtersFor(wanted: readonly Wanted[]): Generator<string> {
  let tests = new Map<string, string[]>();
  let length = 0;
  // An apostrophe in an address counts as a quote to Twenty's parser: addresses come last, where it does no harm.
  const all = wanted.flatMap(({ field, values }) => values.map((value) => ({ field, value })));
  for (const { field, value } of all) {
    const item = `"${value}"`;
    const size = encodeURIComponent(item).length + 3;
    if (length > 0 && length + size > MAX_QUERY) {
      yield anyOf(tests);
      tests = new Map();
      length = 0;
    }
    tests.set(field, [...(tests.get(field) ?? []), item]);
    length += size;
  }
  if (length > 0) yield anyOf(tests);
}

function anyOf(tests: ReadonlyMap<string, readonly string[]>): string {
  const all = [...tests].map(([field, items]) => `${field}[in]:[${items.join(',')}]`);
  return all.length === 1 ? (all[0] ?? '') : `or(${all.join(',')})`;
}
