import { createInterface } from 'node:readline/promises';
import type { Surroundings } from './surroundings.ts';

/** True when a person sits at a terminal and can be asked. */
export const canAsk = ({ stdin, terminal }: Surroundings): boolean =>
  terminal !== undefined && 'isTTY' in stdin && stdin.isTTY === true;

/** Asks on the terminal, beside the results. Anything but yes is no. */
export async function confirmed(around: Surroundings, question: string): Promise<boolean> {
  const asked = createInterface({ input: around.stdin, ...(around.terminal && { output: around.terminal }) });
  try {
    return /^y(es)?$/i.test((await asked.question(`${question} [y/N] `)).trim());
  } finally {
    asked.close();
  }
}
