import { SingleBar } from 'cli-progress';
import type { Surroundings } from './surroundings.ts';

/** How far long work has come, on the terminal of who waits for it, and gone once it ends. */
export interface Progress extends Disposable {
  /** @param note what is being done just now: nothing of a contact */
  show(done: number, note?: string): void;
}

const QUIET: Progress = { show: () => undefined, [Symbol.dispose]: () => undefined };

/**
 * @param total `null` where nobody knows: then only what is done is counted
 * @param unit what is counted
 */
export function progressOf({ terminal }: Surroundings, total: number | null, unit: string): Progress {
  if (terminal === undefined) return QUIET;
  const counter = `{value} ${unit}  {note}`;
  const bar = new SingleBar({
    stream: terminal,
    format: total === null ? counter : `{bar} {percentage} %  {value} of {total} ${unit}  {note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    fps: 5,
    hideCursor: false,
    clearOnComplete: true,
    // Signals are ours: see interruptible.
    gracefulExit: false,
  });
  bar.start(total ?? 0, 0, { note: '' });
  return {
    show(done, note = '') {
      // A guess, where others add to it meanwhile.
      if (total !== null && done > bar.getTotal()) bar.setTotal(done);
      bar.update(done, { note });
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}
