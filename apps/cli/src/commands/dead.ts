import { type Command, Option } from 'commander';
import { ageOf, by, examples, json, limit, type Scene } from '../arguments.ts';
import type { DiscardOptions } from '../discard.ts';
import type { ListOptions } from '../letters.ts';
import { QUEUE_NAMES, SYSTEM_NAMES } from '../names.ts';
import type { ReplayOptions } from '../replay.ts';

/** Dead letters. */
export function deadCommands(root: Command, { around, ended }: Scene): void {
  const dead = root.command('dead').description('dead letters: work that needs a person');
  filtered(dead.command('list'))
    .description('newest first, with what to do about each')
    .addOption(new Option('--status <status>', 'which').choices(['open', 'closed', 'all']).default('open'))
    .addOption(limit(100))
    .addOption(json())
    .addHelpText(
      'after',
      examples('dead list --system twenty --older-than 2h', 'dead list --code TWENTY_EMAIL_TAKEN --json'),
    )
    .action(async (options: ListOptions) => ended(await (await import('../letters.ts')).listDead(around, options)));
  dead
    .command('show')
    .description('one dead letter, and what was done about it')
    .argument('<id>', 'as the list has it')
    .addOption(json())
    .addHelpText('after', examples('dead show 17'))
    .action(async (id: string, options: { json?: true }) =>
      ended(await (await import('../letters.ts')).showDead(around, id, options)),
    );
  const replay = (command: Command) =>
    filtered(command)
      .argument('[ids...]', 'as the list has them')
      .option('--all', 'all that are open')
      .addOption(by(around))
      .addOption(json())
      .action(async (ids: string[], options: ReplayOptions) =>
        ended(await (await import('../replay.ts')).replayLetters(around, ids, options)),
      );
  replay(dead.command('replay'))
    .description('try them again, reading the newest state of everything; exits with 1 when one failed again')
    .addHelpText(
      'after',
      examples('dead replay 17 18', 'dead replay --system twenty --newer-than 1d', 'dead replay --all'),
    );
  filtered(dead.command('discard'))
    .description('give them up: they stay in the history, and nothing is sent')
    .argument('[ids...]', 'as the list has them')
    .option('--all', 'all that are open')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--yes', 'do not ask')
    .addOption(by(around))
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'dead discard 17 --reason "left the company"',
        'dead discard --code INVALID_EMAIL --older-than 30d --reason junk --yes',
      ),
    )
    .action(async (ids: string[], options: DiscardOptions) =>
      ended(await (await import('../discard.ts')).discardLetters(around, ids, options)),
    );
  replay(root.command('replay')).description('the same as dead replay').addHelpText('after', examples('replay --all'));
}

/** With the options that say which dead letters are meant. */
const filtered = (command: Command): Command =>
  command
    .addOption(new Option('--system <system>', 'only of this system').choices(SYSTEM_NAMES))
    .addOption(new Option('--queue <name>', 'only those of this queue').choices(QUEUE_NAMES))
    .option('--code <code>', 'only with this code, as TWENTY_EMAIL_TAKEN')
    .option('--contact <contact_id>', 'only of this contact')
    .addOption(new Option('--older-than <age>', 'failed first longer ago than 90s, 15m, 2h, 3d, 1w').argParser(ageOf))
    .addOption(new Option('--newer-than <age>', 'failed first within 90s, 15m, 2h, 3d, 1w').argParser(ageOf));
