import type { Command, Option } from 'commander';

/** A word that may come next, and what it means. */
export interface Word {
  readonly word: string;
  readonly about: string;
}

/** Where a command line stands: after these commands, with these words to go on. */
export interface Place {
  /** As `dead replay`; `''` at the beginning. */
  readonly path: string;
  /** Commands below it. */
  readonly commands: readonly Word[];
  /** `--json` and the like. */
  readonly options: readonly Word[];
  /** What its arguments may be, where they are known. */
  readonly values: readonly string[];
  /** Options that are followed by a value: with what it may be, empty for whatever it is, as a file. */
  readonly valued: readonly { readonly option: string; readonly choices: readonly string[] }[];
}

/** Every place, the beginning first. */
export function placesOf(command: Command, path = ''): readonly Place[] {
  const commands = command.commands.map((one) => ({ word: one.name(), about: one.description() }));
  const options = [...command.options, ...helpOf(command)];
  const place: Place = {
    path,
    commands,
    options: options.flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : [])),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    valued: command.options.flatMap(({ long, required, optional, argChoices }) =>
      long && (required || optional) ? [{ option: long, choices: argChoices ?? [] }] : [],
    ),
  };
  const below = command.commands.flatMap((one) => placesOf(one, path === '' ? one.name() : `${path} ${one.name()}`));
  return [place, ...below];
}

const helpOf = (command: Command): readonly Option[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long === '--help');
