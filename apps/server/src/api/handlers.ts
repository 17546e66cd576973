/** What each route of the contract does. One that is missing, or answers another shape, does not compile. */
import type { Asked, RouteName } from '@contact-sync/api';
import { type ContentHash, contactId } from '@contact-sync/contact';
import type { Desk, Selection, SideChoice } from '@contact-sync/sync';
import type { Session } from '../session.ts';
import { askerOf } from './asker.ts';
import type { Caller } from './caller.ts';
import { type Told, toldConflict, toldStep, toldVersion } from './told.ts';
import type { WatchingRoute } from './watching.ts';

/** The cookie of whoever calls. */
export interface Cookie {
  begin(operator: string | null): Session;
  end(): void;
}

/** A request that was let in and understood. */
export interface Call<Name extends RouteName> extends Asked<Name> {
  readonly caller: Caller;
  /** `Idempotency-Key`; `null`: none was given. */
  readonly key: string | null;
  readonly cookie: Cookie;
}

/** What one route does. */
export type Handler<Name extends RouteName> = (call: Call<Name>) => Promise<Told<Name>>;

/** What each route does. */
export type Handlers = { readonly [Name in RouteName]: Handler<Name> };

/** Beside the desk, what the routes need. */
export interface Surroundings {
  readonly desk: Desk;
  readonly overview: () => Promise<Told<'overview'>>;
  readonly sessions: Pick<Handlers, 'session' | 'login' | 'logout'>;
  readonly watching: Pick<Handlers, WatchingRoute>;
}

/** Every route. */
export function createHandlers({ desk, overview, sessions, watching }: Surroundings): Handlers {
  return {
    ...sessions,
    ...watching,
    overview,
    contacts({ query: { q, deleted, ...query } }) {
      return desk.contacts({
        ...query,
        ...(q === undefined ? {} : { text: q }),
        ...(deleted === undefined ? {} : { deleted: deleted === 'true' }),
      });
    },
    contact: ({ params }) => desk.contact(contactId(params.contact_id)),
    async timeline({ params, query }) {
      const { items, next } = await desk.timeline(contactId(params.contact_id), query);
      return { items: items.map(toldStep), next };
    },
    async versions({ params }) {
      const found = await desk.versions(contactId(params.contact_id), params.version);
      return { items: found.map(toldVersion) };
    },
    restore: (call) => desk.restore(contactId(call.params.contact_id), call.body, askerOf('restore', call)),
    sync: (call) => desk.sync(contactId(call.params.contact_id), askerOf('sync', call)),
    conflicts: ({ query: { status, ...page } }) => desk.conflicts(status, page),
    conflict: async ({ params }) => toldConflict(await desk.conflict(params.conflict_id)),
    resolve: (call) => desk.resolve(call.params.conflict_id, choiceOf(call.body), askerOf('resolve', call)),
    deadLetters: ({ query: { after, limit, ...filter } }) => desk.deadLetters(filterOf(filter), pageOf(limit, after)),
    async deadLetterGroups({ query }) {
      const groups = await desk.deadLetterGroups(filterOf(query));
      return { total: groups.reduce((sum, { count }) => sum + count, 0), groups };
    },
    deadLetter: ({ params }) => desk.deadLetter(params.dead_letter_id),
    replay: (call) => desk.replay(selectionOf(call.body), askerOf('replay', call)),
    discard: (call) => desk.discard(selectionOf(call.body), call.body.reason, askerOf('discard', call)),
    actions: ({ query: { subject, ...page } }) => desk.actions(subject ?? null, page),
  };
}

const pageOf = (limit: number, after: string | undefined) => ({ limit, ...(after === undefined ? {} : { after }) });

function selectionOf({ ids, filter = {}, after, limit }: Asked<'replay'>['body']): Selection {
  return ids === undefined ? { filter: filterOf(filter), page: pageOf(limit, after) } : { ids };
}

type Filter = Asked<'deadLetterGroups'>['query'];

function filterOf<Given extends Filter>({ contact_id, ...filter }: Given) {
  return { ...filter, ...(contact_id === undefined ? {} : { contact_id: contactId(contact_id) }) };
}

/** Exactly one of them is given, and what is called a hash is one: the schema of the route holds both. */
function choiceOf({ candidate, fields, content }: Asked<'resolve'>['body']): SideChoice {
  if (candidate !== undefined) return { candidate: candidate as ContentHash };
  if (fields !== undefined) return { fields: fields as Readonly<Record<string, ContentHash | 'base'>> };
  return { content };
}
