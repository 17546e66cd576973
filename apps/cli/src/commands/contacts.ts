import { type Command, Option } from 'commander';
import { by, examples, json, limit, type Scene, whole } from '../arguments.ts';

/** One contact: what it says, what happened to it, and its past made present. */
export function contactCommands(root: Command, { around, ended }: Scene): void {
  root.commandsGroup('Contacts:');
  const contact = root.command('contact').description('find, look at and restore contacts');
  contact
    .command('find')
    .description('contacts by words of their name, addresses, numbers or organization, or by an id')
    .argument('<text...>', 'words that all have to be there')
    .addOption(limit(20))
    .addOption(json())
    .addHelpText('after', examples('contact find ada lovelace', 'contact find @example.com --limit 100 --json'))
    .action(async (words: string[], options: { limit: number; json?: true }) =>
      ended(await (await import('../contact.ts')).findContacts(around, words, options)),
    );
  contact
    .command('show')
    .description('everything that a contact says, and how each system stands with it')
    .argument('<contact_id>', 'the decimal form of an INT64')
    .addOption(json())
    .addHelpText('after', examples('contact show 382956481151511909'))
    .action(async (id: string, options: { json?: true }) =>
      ended(await (await import('../contact.ts')).showContact(around, id, options)),
    );
  contact
    .command('timeline')
    .description('what happened to a contact, newest first')
    .argument('<contact_id>', 'the decimal form of an INT64')
    .addOption(limit(50))
    .addOption(json())
    .addHelpText('after', examples('contact timeline 382956481151511909 --limit 10'))
    .action(async (id: string, options: { limit: number; json?: true }) =>
      ended(await (await import('../timeline.ts')).timeline(around, id, options)),
    );
  contact
    .command('restore')
    .description('make a past version the new one, everywhere; also one that lost')
    .argument('<contact_id>', 'the decimal form of an INT64')
    .argument('<version>', 'its number, as the timeline has it', whole(1, Number.MAX_SAFE_INTEGER))
    .addOption(
      new Option('--hash <hash>', 'which of several versions of this number: its hash, or the beginning of it'),
    )
    .addOption(by(around))
    .addOption(json())
    .addHelpText(
      'after',
      examples('contact restore 382956481151511909 3', 'contact restore 382956481151511909 3 --hash 5f2c81'),
    )
    .action(async (id: string, version: number, options: { hash?: string; by: string; json?: true }) =>
      ended(await (await import('../contact.ts')).restoreContact(around, id, version, options)),
    );
}
