import { Argument, type Command } from 'commander';
import { by, examples, json, limit, type Scene } from '../arguments.ts';
import type { DriftCommandOptions } from '../drift.ts';
import { SYSTEM_NAMES } from '../names.ts';

/** What no longer is what the ledger believes it to be. */
export function driftCommand(root: Command, { around, ended }: Scene): void {
  root.commandsGroup('Sync by hand:');
  root
    .command('drift')
    .description('compare every record with the ledger, and name what differs; exits with 1 when something does')
    .addArgument(new Argument('[system]', 'which; all systems without it').choices(SYSTEM_NAMES))
    .option('--repair', 'have it decided over, or delivered again, as if its system had told of it')
    .option('--full', 'read every record, whatever the last looks found')
    .addOption(limit(20))
    .addOption(by(around))
    .addOption(json())
    .addHelpText(
      'after',
      examples('drift', 'drift supabase --repair', 'drift twenty --full', "drift --json | jq '.[].drift'"),
    )
    .action(async (system: string | undefined, options: DriftCommandOptions) =>
      ended(await (await import('../drift.ts')).findDrift(around, system, options)),
    );
}
