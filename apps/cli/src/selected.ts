import type { Selected, Selection } from '@contact-sync/sync';
import type { selectionOf } from './letters.ts';

/** One action each: small enough that a second Ctrl-C, or a crash, leaves little undecided. */
const PAGE = 200;

/**
 * Does something with all dead letters that are meant, a page at a time.
 *
 * @param act done with each page; its `next` is where the page after it begins
 * @throws the reason of the signal, between two pages
 */
export async function* pagesOf<Result extends Selected<string>>(
  selection: ReturnType<typeof selectionOf>,
  act: (page: Selection) => Promise<Result>,
  signal: AbortSignal,
): AsyncGenerator<Result['results']> {
  if ('ids' in selection) {
    for (let at = 0; at < selection.ids.length; at += PAGE) {
      signal.throwIfAborted();
      yield (await act({ ids: selection.ids.slice(at, at + PAGE) })).results;
    }
    return;
  }
  let next: string | null = null;
  do {
    signal.throwIfAborted();
    const after: { after?: string } = next === null ? {} : { after: next };
    const done: Result = await act({ filter: selection.filter, page: { limit: PAGE, ...after } });
    yield done.results;
    next = done.next;
  } while (next !== null);
}
