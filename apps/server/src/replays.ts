/** Which signed calls were taken over already. */
export interface Replays {
  /** True for a call that was {@link taken}, for at least the time that it could be replayed in. */
  known(signature: string, now_ms: number): boolean;
  taken(signature: string, now_ms: number): void;
}

/**
 * Remembers in this process alone, and within a bound: whatever is forgotten early is still known to the ledger, where
 * the same edit told twice is one edit.
 *
 * @param horizon_ms how long a signature can pass as fresh
 * @param most signatures in each of two halves, the older of which is forgotten
 */
export function rememberReplays(horizon_ms: number, most = 50_000): Replays {
  let young = new Set<string>();
  let old = new Set<string>();
  let since = Number.NEGATIVE_INFINITY;
  const turn = (now_ms: number) => {
    const age = now_ms - since;
    if (age < horizon_ms && young.size < most) return;
    old = age < 2 * horizon_ms ? young : new Set();
    young = new Set();
    since = now_ms;
  };
  // Hexadecimal digits may be spelled in two ways, and mean the same.
  const key = (signature: string) => signature.toLowerCase();
  return {
    known(signature, now_ms) {
      turn(now_ms);
      return young.has(key(signature)) || old.has(key(signature));
    },
    taken(signature, now_ms) {
      turn(now_ms);
      young.add(key(signature));
    },
  };
}
