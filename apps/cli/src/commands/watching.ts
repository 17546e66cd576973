import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { AlertListOptions } from '../alerts.ts';
import { ageOf, by, examples, json, limit, type Scene } from '../arguments.ts';
import { ALERT_NAMES, SCHEDULE_NAMES } from '../names.ts';
import { unknownBelow } from './help.ts';

/** What is wrong, and what runs by itself. */
export function watchingCommands(root: Command, { around, ended }: Scene): void {
  root.commandsGroup('Watch over it:');
  const alerts = root.command('alerts').description('what is wrong, and what to do about it');
  alerts
    .command('list', { isDefault: true })
    .description('what is wrong now, the worst first; without a command the same')
    .option('--all', 'what is over, too')
    .addOption(new Option('--code <code>', 'only of this kind').choices(ALERT_NAMES))
    .addOption(limit(100))
    .addOption(json())
    .allowExcessArguments()
    .addHelpText('after', examples('alerts', 'alerts --all --code DRIFT_HIGH', 'alerts --json'))
    .action(async (options: AlertListOptions, command: Command) => {
      if (command.args.length > 0) return await unknownBelow(alerts, command.args);
      ended(await (await import('../alerts.ts')).listAlerts(around, options));
    });
  alerts
    .command('ack')
    .description('say that you have it in hand: nothing more is sent until it is over')
    .argument('<id>', 'as the list has it')
    .addOption(by(around))
    .addOption(json())
    .addHelpText('after', examples('alerts ack 17'))
    .action(async (id: string, options: { by: string; json?: true }) =>
      ended(await (await import('../alerts.ts')).acknowledgeAlert(around, id, options)),
    );
  alerts
    .command('silence')
    .description('send nothing about it for a while; it is still listed')
    .argument('<id>', 'as the list has it')
    .addOption(
      new Option('--for <time>', 'how long, as 30m, 2h, 1d; 1w at most, 0m ends it')
        .argParser(minutesOf)
        .makeOptionMandatory(),
    )
    .addOption(by(around))
    .addOption(json())
    .addHelpText('after', examples('alerts silence 17 --for 2h', 'alerts silence 17 --for 0m'))
    .action(async (id: string, options: { for: number; by: string; json?: true }) =>
      ended(await (await import('../alerts.ts')).silenceAlert(around, id, options)),
    );

  const schedules = root.command('schedules').description('what runs by itself, and how it went');
  schedules
    .command('list', { isDefault: true })
    .description('every schedule: how often, the last run, the next; without a command the same')
    .addOption(json())
    .allowExcessArguments()
    .addHelpText('after', examples('schedules', 'schedules --json | jq \'.[] | select(.outcome == "failed")\''))
    .action(async (options: { json?: true }, command: Command) => {
      if (command.args.length > 0) return await unknownBelow(schedules, command.args);
      ended(await (await import('../schedules.ts')).listSchedules(around, options));
    });
  for (const [what, about] of [
    ['pause', 'let it not run any more, until it is resumed'],
    ['resume', 'let it run again'],
    ['run', 'have it run as soon as a worker is free, also while it is paused'],
  ] as const)
    schedules
      .command(what)
      .description(about)
      .addArgument(new Argument('<name>', 'which').choices(SCHEDULE_NAMES))
      .addOption(by(around))
      .addOption(json())
      .addHelpText('after', examples(`schedules ${what} poll-twenty`))
      .action(async (name: (typeof SCHEDULE_NAMES)[number], options: { by: string; json?: true }) =>
        ended(await (await import('../schedules.ts')).changeSchedule(around, what, name, options)),
      );
}

const MINUTE_MS = 60_000;
const A_WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

/** Whole minutes, rounded up. @throws {InvalidArgumentError} */
function minutesOf(text: string): number {
  const ms = ageOf(text);
  if (ms <= A_WEEK_MS) return Math.ceil(ms / MINUTE_MS);
  throw new InvalidArgumentError('It is a week at most.');
}
