import { Command } from 'commander';
import type { Scene } from './arguments.ts';
import { addressBookCommands } from './commands/address-book.ts';
import { completionCommand } from './commands/completion.ts';
import { conflictCommands } from './commands/conflicts.ts';
import { contactCommands } from './commands/contacts.ts';
import { deadCommands } from './commands/dead.ts';
import { driftCommand } from './commands/drift.ts';
import { helpCommand } from './commands/help.ts';
import { promptCommand } from './commands/prompt.ts';
import { runningCommands } from './commands/running.ts';
import { syncCommands } from './commands/sync.ts';
import { watchingCommands } from './commands/watching.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';

/**
 * Every command, its arguments and its options. What a command needs is loaded when it is called: the clients of four
 * systems take a second, which nobody waits for who asks for help.
 */
export function program(around: Surroundings, ended: (code: ExitCode) => void): Command {
  const root = new Command('contact-sync')
    .description('Keeps one set of contacts in step between BigQuery, Supabase, a local database and Twenty.')
    .configureOutput({ writeOut: (text) => around.out(text.trimEnd()), writeErr: (text) => around.err(text.trimEnd()) })
    .showHelpAfterError('(contact-sync help tells how it is used)')
    .exitOverride()
    .helpCommand(false)
    .addHelpText('after', EPILOGUE);
  const scene: Scene = { around, ended };
  runningCommands(root, scene);
  watchingCommands(root, scene);
  syncCommands(root, scene);
  driftCommand(root, scene);
  contactCommands(root, scene);
  addressBookCommands(root, scene);
  promptCommand(root, scene);
  conflictCommands(root, scene);
  deadCommands(root, scene);
  completionCommand(root, scene);
  helpCommand(root);
  return root;
}

const EPILOGUE = `
contact-sync help <command> has examples. Exit codes: 0 done, 1 failed, or something is not as it should be; 2 wrongly
called or configured; 130 stopped by Ctrl-C.`;
