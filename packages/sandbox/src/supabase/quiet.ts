import { AsyncLocalStorage } from 'node:async_hooks';

const quiet = new AsyncLocalStorage<true>();
const spoken = ['error', 'warn', 'info', 'log'] as const;
let users = 0;
let restore = () => {};

/**
 * Runs `work` with a silent console, and nobody else's: lite writes every database error, with the row's values, to the
 * console and offers no switch.
 */
export const quietly = <T>(work: () => T): T => quiet.run(true, work);

/** Puts the filter between lite and the console until the returned function is called. */
export function hushConsole(): () => void {
  users += 1;
  if (users === 1) {
    const originals = spoken.map((method) => [method, console[method]] as const);
    for (const [method, original] of originals)
      console[method] = (...args: unknown[]) => {
        if (!quiet.getStore()) original.apply(console, args);
      };
    restore = () => {
      for (const [method, original] of originals) console[method] = original;
    };
  }
  let released = false;
  return () => {
    if (released) return;
    released = true;
    users -= 1;
    if (users === 0) restore();
  };
}
