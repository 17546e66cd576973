/** Calls the API as programs do, and holds every answer to the schema of its route. */
import {
  type Answer,
  type ApiError,
  type Asking,
  type CallOptions,
  createClient,
  ROUTES,
  type RouteName,
} from '@contact-sync/api';
import { expect } from 'vitest';

export const TOKEN = 'a-token-of-sixteen-or-more';

/** As the client calls a route. */
export type Call = <Name extends RouteName>(
  name: Name,
  asking: Asking<Name>,
  options?: CallOptions,
) => Promise<Answer<Name>>;

/** @param headers beside those of the client */
export function caller(url: string, headers: Readonly<Record<string, string>> = {}): Call {
  const call = createClient({
    url,
    token: TOKEN,
    fetch: (input, init) => {
      const all = new Headers(init?.headers);
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      return fetch(input, { ...init, headers: all });
    },
  });
  return async (name, asking, options) => {
    const answer = await call(name, asking, options);
    // Parsed, it has what the schema knows and nothing else: whatever more was sent would differ.
    expect(answer).toEqual(ROUTES[name].answer.parse(answer));
    return answer;
  };
}

/** What the server says no with. */
export const refused = (asked: Promise<unknown>): Promise<ApiError> =>
  asked.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: ApiError) => error,
  );
