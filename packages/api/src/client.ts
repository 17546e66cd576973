import { type Answer, type Asking, ROUTES, type Route, type RouteName } from './routes.ts';
import { type Problem, problemSchema } from './shapes/index.ts';

/** The server said no. */
export class ApiError extends Error {
  readonly status: number;
  /** Stable; `UNREACHABLE` when there was no answer, `NO_PROBLEM` when the answer was none of the server's. */
  readonly code: string;
  readonly problem: Problem | null;

  constructor(status: number, code: string, message: string, problem: Problem | null = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.problem = problem;
  }
}

/** How the client reaches the server. */
export interface ClientOptions {
  /** Default: where the page came from. */
  readonly url?: string;
  /** API_TOKEN, for programs; the console has a session. */
  readonly token?: string;
  /** Asked at each change: the session's. */
  readonly csrf?: () => string | null;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

/** Beside what a route takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** A change under one key happens once, however often it is sent. */
  readonly idempotencyKey?: string;
}

/** Calls a route by its name. */
export type Client = <Name extends RouteName>(
  name: Name,
  asking: Asking<Name>,
  options?: CallOptions,
) => Promise<Answer<Name>>;

/**
 * Calls the API, typed by its routes. Answers are not checked again: the server is of the same version.
 *
 * @returns a function that throws {@link ApiError}
 */
export function createClient({ url = '', token, csrf, fetch: ask = fetch }: ClientOptions = {}): Client {
  return async (name, asking, { signal, idempotencyKey } = {}) => {
    const route: Route = ROUTES[name];
    const { params, query, body } = asking as { params?: object; query?: object; body?: unknown };
    const headers = new Headers({ Accept: 'application/json' });
    if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
    if (route.method !== 'get') {
      headers.set('Content-Type', 'application/json');
      const secret = csrf?.() ?? null;
      if (secret !== null) headers.set('X-CSRF-Token', secret);
      if (route.action) headers.set('Idempotency-Key', idempotencyKey ?? crypto.randomUUID());
    }
    const response = await ask(`${url}/api${pathOf(route, params)}${searchOf(query)}`, {
      method: route.method.toUpperCase(),
      headers,
      ...(route.method === 'get' ? {} : { body: JSON.stringify(body ?? {}) }),
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new ApiError(0, 'UNREACHABLE', 'the server does not answer');
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer as Answer<typeof name>;
    const problem = problemSchema.safeParse(answer);
    if (!problem.success) throw new ApiError(response.status, 'NO_PROBLEM', `the answer was ${response.status}`);
    throw new ApiError(response.status, problem.data.code, problem.data.detail, problem.data);
  };
}

function pathOf(route: Route, params: object | undefined): string {
  const given = new Map(Object.entries(params ?? {}));
  return route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(given.get(name))));
}

function searchOf(query: object | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return search === '' ? '' : `?${search}`;
}
