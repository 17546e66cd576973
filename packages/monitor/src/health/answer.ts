import { SyncError } from '@contact-sync/sync';

/** What somebody answered in time, or why not, without anything secret. */
export type Answer<T> = { readonly value: T } | { readonly value: null; readonly detail: string };

/** Waits for an answer no longer than so many milliseconds. Never throws: whoever does not answer is what is told. */
export async function answerOf<T>(ask: () => Promise<T>, patience_ms: number): Promise<Answer<T>> {
  const { promise: late, resolve } = Promise.withResolvers<Answer<T>>();
  const timer = setTimeout(resolve, patience_ms, { value: null, detail: 'no answer in time' });
  try {
    return await Promise.race([ask().then((value) => ({ value })), late]);
  } catch (error) {
    return { value: null, detail: error instanceof SyncError ? `${error.code}: ${error.message}` : 'UNKNOWN' };
  } finally {
    clearTimeout(timer);
  }
}
