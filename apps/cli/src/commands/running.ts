import { type Command, Option } from 'commander';
import { examples, json, type Scene } from '../arguments.ts';

/** Running the hub, setting it up, and seeing how it is. */
export function runningCommands(root: Command, { around, ended }: Scene): void {
  root.commandsGroup('Run it:');
  root
    .command('up')
    .description('run everything in one process; databases that are not configured are embedded')
    .addOption(new Option('--json', 'print one line of JSON once everything runs'))
    .option('--exit-with-parent', 'stop when standard input ends')
    .addHelpText('after', examples('up', 'up --json'))
    .action(async (options: { json?: true; exitWithParent?: true }) =>
      ended(await (await import('../up.ts')).up(around, options)),
    );
  root
    .command('server')
    .description('run the HTTP server: webhooks, health, the queues to look at')
    .addHelpText('after', examples('server'))
    .action(async () => ended(await (await import('../serve.ts')).serve(around)));
  root
    .command('worker')
    .description('run the queues, read the systems’ edits, sweep')
    .addHelpText('after', examples('worker'))
    .action(async () => ended(await (await import('../serve.ts')).work(around)));
  root
    .command('init')
    .description('create what is missing in the ledger and in every system')
    .option('--dry-run', 'only tell what would be done')
    .addOption(new Option('--sql <system>', 'print the SQL to run by hand').choices(['supabase']))
    .addOption(json())
    .addHelpText('after', examples('init --dry-run', 'init', 'init --sql supabase > supabase.sql'))
    .action(async (options: { dryRun?: true; sql?: string; json?: true }) =>
      ended(await (await import('../init.ts')).init(around, options)),
    );
  root
    .command('doctor')
    .description('check every connection, permission and schema, and say how to mend what is wrong')
    .addOption(json())
    .addHelpText('after', examples('doctor', 'doctor --json | jq \'.checks[] | select(.status == "failed")\''))
    .action(async (options: { json?: true }) =>
      ended(await (await import('../doctor/doctor.ts')).doctor(around, options)),
    );
  root
    .command('status')
    .description('what is pending, waiting and failing; exits with 1 unless all is well')
    .addOption(json())
    .addHelpText('after', examples('status', 'status --json | jq .ledger.dead_letters'))
    .action(async (options: { json?: true }) => ended(await (await import('../status.ts')).status(around, options)));
}
