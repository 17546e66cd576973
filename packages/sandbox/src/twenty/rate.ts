/** A bucket of requests that fills evenly, as Twenty's does for a workspace. */
export function startBucket(perMinute: number, now: () => number): { take(): boolean } {
  let tokens = perMinute;
  let filled = now();
  return {
    take() {
      const time = now();
      tokens = Math.min(perMinute, tokens + ((time - filled) * perMinute) / 60_000);
      filled = time;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
