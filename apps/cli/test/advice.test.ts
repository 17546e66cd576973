/** Alerts say what to do: the commands that they name have to be there. */
import { readdir, readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { program } from '../src/program.ts';

const ALERTS = new URL('../../../packages/monitor/src/alerts/', import.meta.url);

/** @returns how far the words name a command: `contact-sync` itself where they name none */
function commandOf(root: Command, words: readonly string[]): Command {
  const next = root.commands.find((command) => command.name() === words[0]);
  return next === undefined ? root : commandOf(next, words.slice(1));
}

test('every command that an alert names is one that can be called', async () => {
  const root = program({ env: {}, stdin: process.stdin, out() {}, err() {} }, () => {});
  const files = (await readdir(ALERTS)).filter((name) => name.endsWith('.ts'));
  const sources = await Promise.all(files.map((name) => readFile(new URL(name, ALERTS), 'utf8')));
  const named = new Set(
    sources.flatMap((source) =>
      [...source.matchAll(/contact-sync ([a-z]+(?: [a-z]+)*)/g)].map(([, words]) => words ?? ''),
    ),
  );
  expect(named.size).toBeGreaterThan(5);
  for (const words of named) {
    const command = commandOf(root, words.split(' '));
    expect(command.name(), words).not.toBe('contact-sync');
    expect(
      command.commands.map((one) => one.name()),
      words,
    ).toEqual([]);
  }
});
