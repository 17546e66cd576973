import { useCallback, useRef, useState } from 'react';
import { call, queries } from '../api.ts';
import type { OpenFilter } from '../logic/filters.ts';
import { goOn, newRun, type Run } from '../logic/replay.ts';

/** Which letters, and how many they are or were when it was asked. */
export type Selection =
  | { readonly ids: readonly string[]; readonly total: number }
  | { readonly filter: OpenFilter; readonly total: number };
/** What became of one. */
export interface BulkResult {
  readonly dead_letter_id: string;
  readonly result: string;
  readonly code?: string | null;
}

/** So many in one call: each is tried in turn while the answer is waited for, and a stop waits for its end. */
const AT_ONCE = 25;

/** Replays or, with a reason, discards a selection, a page at a time; can be stopped and gone on with. */
export function useBulk(selection: Selection) {
  const [run, setRun] = useState<Run<BulkResult> | null>(null);
  const stop = useRef(false);
  const start = useCallback(
    async (from: Run<BulkResult> | null, reason: string | null) => {
      stop.current = false;
      const step = (after: string | null, key: string) => page(selection, reason, after, key);
      await goOn(from ?? newRun<BulkResult>(), step, () => stop.current, setRun);
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    },
    [selection],
  );
  return {
    run,
    start,
    stop: useCallback(() => {
      stop.current = true;
    }, []),
  };
}

async function page(
  selection: Selection,
  reason: string | null,
  after: string | null,
  key: string,
): Promise<{ results: readonly BulkResult[]; next: string | null }> {
  const options = { idempotencyKey: key };
  if ('ids' in selection) {
    const begin = Number(after ?? 0);
    const body = { ids: selection.ids.slice(begin, begin + AT_ONCE) };
    const { results } =
      reason === null
        ? await call('replay', { body }, options)
        : await call('discard', { body: { ...body, reason } }, options);
    const end = begin + AT_ONCE;
    return { results, next: end < selection.ids.length ? String(end) : null };
  }
  const body = { filter: selection.filter, after: after ?? undefined, limit: AT_ONCE };
  return reason === null ? call('replay', { body }, options) : call('discard', { body: { ...body, reason } }, options);
}
