import { Argument, type Command } from 'commander';
import { examples, type Scene } from '../arguments.ts';
import { UsageError } from '../surroundings.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Completion for shells. */
export function completionCommand(root: Command, { around, ended }: Scene): void {
  root.commandsGroup('Shell:');
  root
    .command('completion')
    .description('print a script that completes commands, options and their values')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'completion bash > ~/.local/share/bash-completion/completions/contact-sync',
        'completion zsh > ~/.zfunc/_contact-sync',
        'completion fish > ~/.config/fish/completions/contact-sync.fish',
      ),
    )
    .action(async (name: string) => {
      const shell = SHELLS.find((one) => one === name);
      if (shell === undefined) throw new UsageError('no such shell');
      around.out((await import('../completion/index.ts')).completion(root, shell));
      ended(0);
    });
}
