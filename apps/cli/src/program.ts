import { WORK_QUEUES } from '@contact-sync/sync';
import { Command, Option } from 'commander';
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
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrongly called or configured.');
  const json = () => new Option('--json', 'print JSON');
  const by = () => new Option('--by <who>', 'who asked for it, for the record').default(userName(around), 'you');
  const queue = () => new Option('--queue <name>', 'only those of this queue').choices(WORK_QUEUES);

  root
    .command('up')
    .description('run everything in one process; databases that are not configured are embedded')
    .addOption(new Option('--json', 'print one line of JSON once everything runs'))
    .option('--exit-with-parent', 'stop when standard input ends')
    .action(async (options: { json?: true; exitWithParent?: true }) =>
      ended(await (await import('./up.ts')).up(around, options)),
    );
  root
    .command('server')
    .description('run the HTTP server: webhooks, health, the queues to look at')
    .action(async () => ended(await (await import('./serve.ts')).serve(around)));
  root
    .command('worker')
    .description('run the queues, read the systems’ edits, sweep')
    .action(async () => ended(await (await import('./serve.ts')).work(around)));
  root
    .command('init')
    .description('create what is missing in the ledger and in every system')
    .option('--dry-run', 'only tell what would be done')
    .addOption(new Option('--sql <system>', 'print the SQL to run by hand').choices(['supabase']))
    .addOption(json())
    .action(async (options: { dryRun?: true; sql?: string; json?: true }) =>
      ended(await (await import('./init.ts')).init(around, options)),
    );
  root
    .command('status')
    .description('what is pending, waiting and failing; exits with 1 unless all is well')
    .addOption(json())
    .action(async (options: { json?: true }) => ended(await (await import('./status.ts')).status(around, options)));
  root
    .command('sync')
    .description('read one contact in every system, decide, and bring it everywhere')
    .argument('<contact_id>')
    .addOption(json())
    .action(async (id: string, options: { json?: true }) =>
      ended(await (await import('./sync-one.ts')).syncOne(around, id, options)),
    );
  root
    .command('missing')
    .description('records that were removed for good, in a system that does not tell of it')
    .argument('<system>', 'twenty')
    .option('--delete', 'take them for deleted, however many they are')
    .addOption(json())
    .action(async (system: string, options: { delete?: true; json?: true }) =>
      ended(await (await import('./missing.ts')).listMissing(around, system, options)),
    );
  root
    .command('replay')
    .description('try dead letters again')
    .argument('[ids...]')
    .option('--all', 'all that are open')
    .addOption(queue())
    .addOption(by())
    .addOption(json())
    .action(async (ids: string[], options: { all?: true; queue?: string; by: string; json?: true }) =>
      ended(await (await import('./letters.ts')).replayLetters(around, ids, options)),
    );

  root
    .command('dead')
    .description('dead letters: work that needs a person')
    .command('list')
    .addOption(queue())
    .addOption(json())
    .action(async (options: { queue?: string; json?: true }) =>
      ended(await (await import('./letters.ts')).listDead(around, options)),
    );

  const conflicts = root.command('conflicts').description('exact ties that wait for a person');
  conflicts
    .command('list')
    .addOption(json())
    .action(async (options: { json?: true }) =>
      ended(await (await import('./conflicts.ts')).listConflicts(around, options)),
    );
  conflicts
    .command('show')
    .description('where the candidates differ')
    .argument('<conflict_id>')
    .addOption(json())
    .action(async (id: string, options: { json?: true }) =>
      ended(await (await import('./conflicts.ts')).showConflict(around, id, options)),
    );
  conflicts
    .command('resolve')
    .description('make a candidate the new version everywhere')
    .argument('<conflict_id>')
    .requiredOption('--candidate <hash>', 'its hash, or the beginning of it')
    .addOption(by())
    .action(async (id: string, options: { candidate: string; by: string }) =>
      ended(await (await import('./conflicts.ts')).resolve(around, id, options)),
    );
  return root;
}

const userName = ({ env }: Surroundings): string => env.USER || env.USERNAME || env.LOGNAME || 'cli';
