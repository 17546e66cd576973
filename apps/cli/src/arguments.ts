/** Forms of arguments and the options that many commands share. What is not of its form ends the call with 2. */
import { InvalidArgumentError, Option } from 'commander';
import type { ExitCode, Surroundings } from './surroundings.ts';

/** What a command is defined with: the process around it, and whom to tell how it ended. */
export interface Scene {
  readonly around: Surroundings;
  readonly ended: (code: ExitCode) => void;
}

/** @throws {InvalidArgumentError} */
export const whole =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
  };

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of `90s`, `15m`, `2h`, `3d`, `1w`. @throws {InvalidArgumentError} */
export function ageOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,5})([smhdw])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (factor !== undefined) return Number(number) * factor;
  throw new InvalidArgumentError('It is a number and a unit, as 90s, 15m, 2h, 3d, 1w.');
}

/** @throws {InvalidArgumentError} */
function nameOf(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= 200) return name;
  throw new InvalidArgumentError('It is a name of 1 to 200 characters.');
}

/** Of every command that has a result. */
export const json = (): Option => new Option('--json', 'print one JSON document, and nothing else');

/** Of every command whose doing is recorded. */
export const by = ({ env }: Surroundings): Option =>
  new Option('--by <who>', 'who asked for it, for the record')
    .argParser(nameOf)
    .default((env.USER || env.USERNAME || env.LOGNAME || 'cli').slice(0, 200), 'you');

/** Of every list. */
export const limit = (most: number): Option =>
  new Option('--limit <n>', 'so many at most').argParser(whole(1, 100_000)).default(most);

/** Text below a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ contact-sync ${line}`).join('\n')}`;
