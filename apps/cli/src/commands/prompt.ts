import { type Command, Option } from 'commander';
import { examples, json, type Scene, whole } from '../arguments.ts';
import { PROMPT_FORMATS, REDACTABLE_NAMES, SYSTEM_NAMES } from '../names.ts';
import type { PromptCommandOptions } from '../prompt.ts';

/** Prompts for language models. */
export function promptCommand(root: Command, { around, ended }: Scene): void {
  root.commandsGroup('Language models:');
  root
    .command('prompt')
    .description('print what a language model is to be sent about contacts; never one of category X')
    .argument('<contact_id...>', 'the more important first')
    .addOption(new Option('--source <system>', 'where they are read').choices(SYSTEM_NAMES).default('bigquery'))
    .addOption(new Option('--budget <tokens>', 'of the whole').argParser(whole(1, 10_000_000)).default(2_000))
    .addOption(new Option('--format <format>', 'of the data').choices(PROMPT_FORMATS).default('xml'))
    .option('--question <text>', 'what is asked of the model', '')
    .option('--base-prompt <text>', 'instructions for the system part', '')
    .addOption(new Option('--redact <field...>', 'hide these, wherever they stand').choices(REDACTABLE_NAMES))
    .option('--uncategorized', 'show contacts without a category as well')
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'prompt 382956481151511909 --question "What should I bring to dinner?"',
        'prompt 7 8 9 --source local --format markdown --redact emails phones --json',
      ),
    )
    .action(async (ids: string[], options: PromptCommandOptions) =>
      ended(await (await import('../prompt.ts')).prompt(around, ids, options)),
    );
}
