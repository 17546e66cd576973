/** Work that never overlaps itself: however often it is asked for during one run, one more run follows. */
export interface Coalesced {
  /** Runs it now, or once more after the run under way. @returns when a run that began after this has ended */
  request(): Promise<void>;
  /** Begins no more; returns when the run under way has ended. */
  stop(): Promise<void>;
}

/**
 * Nothing runs before it is asked for.
 *
 * @param run handles its own errors
 */
export function coalesced(run: () => Promise<void>): Coalesced {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  const loop = async () => {
    do {
      again = false;
      await run();
    } while (again && !stopped);
  };
  return {
    async request() {
      again = true;
      if (!stopped)
        running ??= loop().finally(() => {
          running = null;
        });
      await running;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}
