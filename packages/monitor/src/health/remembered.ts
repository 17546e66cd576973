/**
 * Asks at most once within so many milliseconds, however often it is asked for, and never twice at once.
 *
 * @param fresh_ms how old an answer may be, from when it was asked for
 */
export function remembered<T>(fresh_ms: number, ask: () => Promise<T>): () => Promise<T> {
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<T> | null = null;
  let pending = false;
  return () => {
    if (answer === null || (!pending && performance.now() - asked > fresh_ms)) {
      asked = performance.now();
      pending = true;
      answer = ask().finally(() => {
        pending = false;
      });
    }
    return answer;
  };
}
