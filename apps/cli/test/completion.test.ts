/** The script of bash is sourced by a real bash, which completes as it would at a key. */
import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { contactSync } from './contact-sync.ts';

/** Command lines, the last word of each just begun. */
async function completed(lines: readonly string[]): Promise<readonly string[]> {
  const { code, out } = await contactSync(['completion', 'bash']);
  expect(code).toBe(0);
  const asked = lines.map((line) => {
    const words = ['contact-sync', ...line.split(' ')];
    return `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _contact_sync; echo "\${COMPREPLY[*]}"`;
  });
  const script = [out, 'complete -p contact-sync', ...asked].join('\n');
  const [registered, ...answers] = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).split('\n');
  expect(registered).toBe('complete -o default -F _contact_sync contact-sync');
  return answers;
}

test('commands, options and their values are completed, and files where nothing is known', async () => {
  const asked: Readonly<Record<string, string>> = {
    do: 'doctor',
    'dead ': 'list show replay discard',
    'dead replay --o': '--older-than',
    'dead list --json --queue ': 'ingest propagate-supabase propagate-local propagate-twenty',
    'dead list --queue = propagate-t': 'propagate-twenty',
    'backfill ': 'bigquery supabase local twenty',
    'help dead re': 'replay',
    'alerts s': 'silence',
    'schedules pause drift-': 'drift-bigquery drift-supabase drift-local drift-twenty',
    'drift --fu': '--full',
    'import --format csv ': '',
    'import --report ': '',
    'conflicts resolve 7-4 --take c': 'canonical',
  };
  const lines = Object.keys(asked);
  const answers = await completed(lines);
  expect(Object.fromEntries(lines.map((line, place) => [line, answers[place]]))).toEqual(asked);
});

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

test.each(['bash', 'zsh', 'fish'])('the script of %s is one', async (shell) => {
  const { code, out } = await contactSync(['completion', shell]);
  expect(code).toBe(0);
  expect(out).toContain('propagate-twenty');
  // Where the shell is installed it reads the script without obeying it.
  if (has(shell)) execFileSync(shell, ['-n'], { input: out });
});
