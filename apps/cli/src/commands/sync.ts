import { Argument, type Command } from 'commander';
import { examples, json, limit, type Scene } from '../arguments.ts';
import { SYSTEM_NAMES } from '../names.ts';

/** Bringing things everywhere by hand, and what was done by hand. */
export function syncCommands(root: Command, { around, ended }: Scene): void {
  root.commandsGroup('Sync by hand:');
  root
    .command('sync')
    .description('read one contact in every system, decide, and bring it everywhere')
    .argument('<contact_id>', 'the decimal form of an INT64')
    .addOption(json())
    .addHelpText('after', examples('sync 382956481151511909'))
    .action(async (id: string, options: { json?: true }) =>
      ended(await (await import('../sync-one.ts')).syncOne(around, id, options)),
    );
  root
    .command('backfill')
    .description('read every record, and bring it everywhere; stopped halfway and begun again, it goes on')
    .addArgument(new Argument('[system]', 'whose records; all systems without it').choices(SYSTEM_NAMES))
    .addOption(json())
    .addHelpText('after', examples('backfill', 'backfill supabase --json'))
    .action(async (system: string | undefined, options: { json?: true }) =>
      ended(await (await import('../backfill.ts')).backfill(around, system, options)),
    );
  root
    .command('missing')
    .description('records that were removed for good, in a system that does not tell of it')
    .argument('<system>', 'twenty')
    .option('--delete', 'take them for deleted, however many they are')
    .addOption(json())
    .addHelpText('after', examples('missing twenty', 'missing twenty --delete'))
    .action(async (system: string, options: { delete?: true; json?: true }) =>
      ended(await (await import('../missing.ts')).listMissing(around, system, options)),
    );
  root
    .command('actions')
    .description('what people did, newest first: who, when, what came of it')
    .option('--subject <subject>', 'only about contact:<id>, dead-letter:<id>, system:<name>, alert:<id> and the like')
    .addOption(limit(50))
    .addOption(json())
    .addHelpText('after', examples('actions', 'actions --subject dead-letter:17 --json'))
    .action(async (options: { subject?: string; limit: number; json?: true }) =>
      ended(await (await import('../actions.ts')).listActions(around, options)),
    );
}
