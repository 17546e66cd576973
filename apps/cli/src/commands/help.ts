import { Command } from 'commander';

/** `contact-sync help dead replay`: commander's own looks no deeper than one command. */
export function helpCommand(root: Command): void {
  root
    .command('help')
    .description('how a command is used')
    .argument('[command...]', 'as dead replay')
    .action(async (names: readonly string[]) => {
      let command = root;
      for (const [depth, name] of names.entries()) {
        const next = command.commands.find((one) => one.name() === name);
        if (next === undefined) return await unknown(root, command, names.slice(0, depth + 1));
        command = next;
      }
      command.help();
    });
}

/** Where commander would have found commands it says which one may be meant. */
async function unknown(root: Command, command: Command, names: readonly string[]): Promise<void> {
  if (command.commands.length > 0) await root.parseAsync([...names], { from: 'user' });
  else command.error(`error: ${command.name()} has no commands`);
}

/**
 * For a command that does something without a word: a word that is none of its commands is refused as commander would, which
 * takes it for an argument of what is done without one.
 *
 * @throws {CommanderError} always
 */
export async function unknownBelow(command: Command, words: readonly string[]): Promise<void> {
  const alone = new Command(command.name()).copyInheritedSettings(command);
  for (const one of command.commands) alone.command(one.name());
  await alone.parseAsync([...words], { from: 'user' });
}
