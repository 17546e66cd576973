import type { Log } from '@contact-sync/sync';

/** How a program is brought to its end. */
export interface Stopping {
  /** Milliseconds that closing may take; default 10 seconds. */
  readonly bound_ms?: number;
  /** Also stop when this ends: the standard input that the parent process holds open. */
  readonly parent?: NodeJS.ReadableStream;
}

/**
 * Waits for SIGINT, SIGTERM or the end of the parent, then closes. A second signal ends the process at once with 130, and
 * closing that takes too long ends it with 1.
 *
 * @returns the exit code, once everything closed in time
 */
export async function untilStopped(log: Log, close: () => Promise<void>, options: Stopping = {}): Promise<0> {
  const { promise: asked, resolve: ask } = Promise.withResolvers<string>();
  let stopping = false;
  const onSignal = (signal: string) => {
    if (stopping) process.exit(130);
    ask(signal);
  };
  const onEnd = () => ask('the parent ended');
  for (const signal of SIGNALS) process.on(signal, onSignal);
  if (options.parent) options.parent.on('end', onEnd).on('close', onEnd).on('error', onEnd).resume();

  const cause = await asked;
  stopping = true;
  log.info({ cause }, 'stopping');
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, options.bound_ms ?? 10_000, 'late');
  const ended = await Promise.race([close(), late]);
  clearTimeout(timer);
  if (ended === 'late') {
    log.error({}, 'could not stop in time');
    process.exit(1);
  }
  log.info({}, 'stopped');
  for (const signal of SIGNALS) process.off(signal, onSignal);
  if (options.parent) options.parent.off('end', onEnd).off('close', onEnd).off('error', onEnd).pause();
  return 0;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
