import { type Command, Option } from 'commander';
import { by, examples, json, limit, type Scene } from '../arguments.ts';
import type { ResolveOptions } from '../resolve.ts';

/** Exact ties. */
export function conflictCommands(root: Command, { around, ended }: Scene): void {
  root.commandsGroup('What waits for a person:');
  const conflicts = root.command('conflicts').description('exact ties that wait for a person');
  conflicts
    .command('list')
    .description('those that are open, oldest first')
    .option('--closed', 'those that are decided, last first')
    .addOption(limit(100))
    .addOption(json())
    .addHelpText('after', examples('conflicts list', 'conflicts list --closed --limit 10'))
    .action(async (options: { closed?: true; limit: number; json?: true }) =>
      ended(await (await import('../conflicts.ts')).listConflicts(around, options)),
    );
  conflicts
    .command('show')
    .description('its sides, field by field, beside what both began with')
    .argument('<conflict_id>', 'as the list has it')
    .addOption(json())
    .addHelpText('after', examples('conflicts show 382956481151511909-4'))
    .action(async (id: string, options: { json?: true }) =>
      ended(await (await import('../conflicts.ts')).showConflict(around, id, options)),
    );
  conflicts
    .command('resolve')
    .description('make a choice the new version everywhere')
    .argument('<conflict_id>', 'as the list has it')
    .option('--candidate <hash>', 'a side, by its hash or the beginning of it')
    .addOption(new Option('--take <side>', 'a side as a whole').choices(['canonical', 'incoming']))
    .addOption(
      new Option(
        '--field <name=side>',
        'a field of another side: canonical, incoming, base or a hash; repeatable',
      ).argParser((text: string, before: readonly string[] = []) => [...before, text]),
    )
    .option('--content <file>', 'a content by hand: a JSON file, or - for standard input')
    .addOption(by(around))
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'conflicts resolve 7-4 --take incoming',
        'conflicts resolve 7-4 --candidate 5f2c81d0a3b4',
        'conflicts resolve 7-4 --field emails=incoming --field job_title=base',
        'conflicts resolve 7-4 --content merged.json',
      ),
    )
    .action(async (id: string, options: ResolveOptions) =>
      ended(await (await import('../resolve.ts')).resolve(around, id, options)),
    );
}
