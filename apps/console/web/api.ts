import { type Answer, ApiError, type Asking, createClient, type RouteName } from '@contact-sync/api';
import {
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';

/** Who is there, as the server says it. */
export type Session = Answer<'session'>;

/** Whether the server does not know who asks (any more). The guard then shows the login. */
function forget(error: unknown): void {
  if (error instanceof ApiError && (error.status === 401 || error.code.includes('CSRF')))
    void queries.invalidateQueries({ queryKey: ['session'] });
}

/** What the console knows, in memory alone: no contact is ever kept in the browser. */
export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: forget }),
  mutationCache: new MutationCache({ onError: forget }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // Only what may pass by itself is tried again, and not for long: the page says what is wrong meanwhile.
      retry: (times, error) => times < 1 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      retryDelay: 700,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

/** Calls the server, with the session's secret at each change. */
export const call = createClient({
  csrf: () => queries.getQueryData<Session>(['session'])?.csrf ?? null,
  fetch: (...asked) => fetch(...asked),
});

/** The session. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => call('session', {}, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** How a route is asked for by react-query: its name and what it takes are the key. */
export function asked<Name extends RouteName>(name: Name, asking: Asking<Name>) {
  return queryOptions({
    queryKey: [name, asking],
    queryFn: ({ signal }) => call(name, asking, { signal }),
  });
}

/** What has been asked for once, and whether it may be asked again under the same key. */
interface Click<Name extends RouteName> {
  readonly asking: Asking<Name>;
  readonly key: string;
}

/**
 * A change by one click: `run` begins one, `again` repeats the same under the same key, so that it happens once even
 * where the answer to the first was lost.
 */
export function useAction<Name extends RouteName>(
  name: Name,
  done?: (answer: Answer<Name>, asking: Asking<Name>) => unknown,
) {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: ({ asking, key }: Click<Name>) => call(name, asking, { idempotencyKey: key }),
    onSuccess: async (answer, { asking }) => {
      await done?.(answer, asking);
      // Whatever is on the screen may have changed by it.
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    },
  });
  return {
    run: (asking: Asking<Name>) => mutation.mutate({ asking, key: crypto.randomUUID() }),
    again: () => {
      if (mutation.variables) mutation.mutate(mutation.variables);
    },
    error: mutation.error,
    pending: mutation.isPending,
    answer: mutation.data,
    reset: mutation.reset,
  };
}
