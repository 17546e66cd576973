import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** What stands in the address after `?`, and how to change it. An empty value takes a name out. */
export interface QueryState {
  readonly get: (name: string) => string;
  /** Changes some; with `push` as a step that Back undoes. Whatever changes, paging begins anew unless `after` is given. */
  readonly set: (changes: Readonly<Record<string, string>>, options?: { readonly push?: boolean }) => void;
}

/** The state of a page, kept in its address, so that it can be shared and reloaded. */
export function useQueryState(): QueryState {
  const [search, setSearch] = useSearchParams();
  const get = useCallback((name: string) => search.get(name) ?? '', [search]);
  const set = useCallback<QueryState['set']>(
    (changes, { push = false } = {}) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          next.delete('after');
          for (const [name, value] of Object.entries(changes)) {
            if (value === '') next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { replace: !push, preventScrollReset: true },
      ),
    [setSearch],
  );
  return { get, set };
}

/** One of the values allowed, else `undefined`: an address can be written by anybody. */
export function oneOf<Value extends string>(value: string, allowed: readonly Value[]): Value | undefined {
  return allowed.find((one) => one === value);
}
