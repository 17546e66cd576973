import { parseFilter } from './filter.ts';
import type { Metadata } from './metadata.ts';
import type { Actor, People, Written } from './people.ts';
import { badInput, notImitated } from './refusal.ts';
import { object, type Row } from './values.ts';
import type { Webhooks } from './webhooks.ts';

export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
  readonly actor: Actor;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Workspace {
  readonly metadata: Metadata;
  readonly people: People;
  readonly webhooks: Webhooks;
}

type Handler = (request: Request, workspace: Workspace, id: string) => Answer;

const DEFAULT_LIMIT = 60;
const MAX_LIMIT = 200;

const ok = (body: unknown): Answer => ({ status: 200, body });
const created = (body: unknown): Answer => ({ status: 201, body });

/** Tells the webhooks of what was written, now that the request has succeeded. */
function told<T>({ webhooks }: Workspace, written: Written<T>): T {
  webhooks.tell(written.events);
  return written.value;
}

/** The whole surface, `:id` standing for the last part of a path. Everything else answers 501. */
const ROUTES: Readonly<Record<string, Handler>> = {
  'GET /rest/people': (request, { people }) => ok(page(request, people)),
  'GET /rest/people/:id': (_, { people }, id) => ok({ data: { person: people.get(id) } }),
  'POST /rest/people': ({ url, body, actor }, workspace) => {
    const row = object(body, 'body');
    const written = flag(url, 'upsert') ? workspace.people.upsert([row], actor) : workspace.people.insert([row], actor);
    return created({ data: { createPerson: told(workspace, written)[0] } });
  },
  'POST /rest/batch/people': ({ url, body, actor }, workspace) => {
    if (!Array.isArray(body)) throw badInput('body');
    const rows = body.map((row) => object(row, 'body'));
    const written = flag(url, 'upsert') ? workspace.people.upsert(rows, actor) : workspace.people.insert(rows, actor);
    return created({ data: { createPeople: told(workspace, written) } });
  },
  'PATCH /rest/people/:id': ({ body, actor }, workspace, id) =>
    ok({ data: { updatePerson: told(workspace, workspace.people.patch(id, object(body, 'body'), actor)) } }),
  'DELETE /rest/people/:id': ({ url, actor }, workspace, id) => {
    const { people } = workspace;
    if (flag(url, 'soft_delete')) return ok({ data: { deletePerson: told(workspace, people.softDelete(id, actor)) } });
    return ok({ data: { deletePerson: told(workspace, people.destroy(id, actor)) } });
  },
  'PATCH /rest/restore/people': ({ url, actor }, workspace) => {
    const filter = url.searchParams.get('filter');
    if (filter === null) throw badInput('filter');
    return ok({ data: { restorePeople: told(workspace, workspace.people.restore(parseFilter(filter), actor)) } });
  },
  'PATCH /rest/restore/people/:id': () => {
    throw badInput('path');
  },
  'GET /rest/metadata/objects': (_, { metadata }) => ok(metadata.objects()),
  'GET /rest/metadata/objects/:id': (_, { metadata }, id) => ok(metadata.object(id)),
  'POST /rest/metadata/fields': ({ body }, { metadata }) => created(metadata.create(object(body, 'body'))),
  'GET /rest/webhooks': (_, { webhooks }) => ok(webhooks.list()),
  'POST /rest/webhooks': ({ body }, { webhooks }) => created(webhooks.create(object(body, 'body'))),
  'DELETE /rest/webhooks/:id': (_, { webhooks }, id) => ok(webhooks.delete(id)),
};

/** The parameters each route has been seen to take. `filter[…]` is silently ignored, as Twenty does. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  'GET /rest/people': ['filter', 'limit', 'starting_after', 'depth'],
  'GET /rest/people/:id': ['depth'],
  'POST /rest/people': ['upsert', 'depth'],
  'POST /rest/batch/people': ['upsert', 'depth'],
  'PATCH /rest/people/:id': ['depth'],
  'DELETE /rest/people/:id': ['soft_delete'],
  'PATCH /rest/restore/people': ['filter', 'depth'],
};

export function route(request: Request, workspace: Workspace): Answer {
  const { method, url } = request;
  const exact = `${method} ${url.pathname}`;
  const cut = url.pathname.lastIndexOf('/');
  const name = exact in ROUTES ? exact : `${method} ${url.pathname.slice(0, cut)}/:id`;
  const handler = ROUTES[name];
  if (!handler) throw notImitated(exact);
  for (const key of url.searchParams.keys())
    if (!key.startsWith('filter[') && !PARAMETERS[name]?.includes(key)) throw notImitated(`the parameter ${key}`);
  if (!['0', '1', null].includes(url.searchParams.get('depth'))) throw badInput('depth');
  return handler(request, workspace, decodeURIComponent(url.pathname.slice(cut + 1)));
}

const flag = (url: URL, name: string): boolean => url.searchParams.get(name) === 'true';

const cursorOf = (id: string): string => Buffer.from(JSON.stringify({ id })).toString('base64');

function page({ url }: Request, people: People): Row {
  const filter = url.searchParams.get('filter');
  const rows = people.find(filter === null ? null : parseFilter(filter));
  const limit = Math.min(MAX_LIMIT, Number(url.searchParams.get('limit') ?? DEFAULT_LIMIT));
  if (!Number.isInteger(limit) || limit < 0) throw badInput('limit');
  const after = url.searchParams.get('starting_after');
  const from = after === null ? 0 : rows.findIndex((row) => row.id > afterId(after));
  const shown = from < 0 ? [] : rows.slice(from, from + limit);
  const [first, last] = [shown[0], shown.at(-1)];
  return {
    data: { people: shown },
    totalCount: rows.length,
    pageInfo: {
      startCursor: first ? cursorOf(first.id) : null,
      endCursor: last ? cursorOf(last.id) : null,
      hasNextPage: last !== undefined && last !== rows.at(-1),
      hasPreviousPage: false,
    },
  };
}

function afterId(cursor: string): string {
  try {
    return String(object(JSON.parse(Buffer.from(cursor, 'base64').toString('utf8')), 'cursor').id);
  } catch {
    throw badInput('starting_after');
  }
}
