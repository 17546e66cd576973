import { type Command, Option } from 'commander';
import { by, examples, json, type Scene } from '../arguments.ts';
import type { ExportCommandOptions } from '../export.ts';
import type { ImportCommandOptions } from '../import.ts';
import { BOOK_FORMATS, CATEGORY_NAMES } from '../names.ts';

/** Address books that come in and go out. */
export function addressBookCommands(root: Command, { around, ended }: Scene): void {
  const format = (without: string) => new Option('--format <format>', `default: ${without}`).choices(BOOK_FORMATS);
  root.commandsGroup('Address books:');
  root
    .command('import')
    .description('bring the contacts of a CSV or vCard file in; twice changes nothing the second time')
    .argument('<file>', 'a file, or - for standard input')
    .addOption(format('what the file begins with, else its name'))
    .option('--encoding <name>', 'of a file that does not say it', 'utf-8')
    .option('--update', 'change contacts that are known: fields that the file has are written, the others stay')
    .option('--dry-run', 'only read the file, and tell what would be refused of it')
    .option('--report <file>', 'write everything that was refused there, as JSON')
    .addOption(by(around))
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'import contacts.vcf --dry-run',
        'import google.csv --report refused.json',
        'import outlook.csv --encoding windows-1252 --update',
      ),
    )
    .action(async (file: string, options: ImportCommandOptions) =>
      ended(await (await import('../import.ts')).importFile(around, file, options)),
    );
  root
    .command('export')
    .description('write every contact that is not deleted as CSV or vCard 4')
    .addOption(format('what the name of --out says, else csv'))
    .option('--out <file>', 'default: standard output; readable by its owner alone, and there only once it is whole')
    .addOption(new Option('--category <code...>', 'only these').choices(CATEGORY_NAMES))
    .addOption(new Option('--json', 'print what was written as JSON; needs --out'))
    .addHelpText('after', examples('export > contacts.csv', 'export --out friends.vcf --category A B'))
    .action(async (options: ExportCommandOptions) =>
      ended(await (await import('../export.ts')).exportFile(around, options)),
    );
}
