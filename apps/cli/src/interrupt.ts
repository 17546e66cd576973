import { Interrupted } from './surroundings.ts';

/**
 * Runs long work that Ctrl-C brings to an orderly end; a second one ends the process at once, as it does anywhere.
 *
 * @throws {Interrupted} when it was stopped, whatever the work then threw
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort(new Interrupted());
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw new Interrupted();
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
