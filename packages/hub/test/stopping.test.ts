import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./stubborn.ts', import.meta.url));

/** Starts the program and waits until it runs. */
async function started(close: 'never' | 'soon', bound_ms: number) {
  const child = spawn(process.execPath, [PROGRAM, close, String(bound_ms)], { stdio: ['pipe', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const said = (what: string) => vi.waitUntil(() => text.includes(what), { timeout: 20_000 });
  const ended = once(child, 'close');
  await said('"runs"');
  return { child, said, ended };
}

test.each(['SIGINT', 'SIGTERM'] as const)('on %s a program closes and ends with 0', async (signal) => {
  const { child, ended } = await started('soon', 60_000);
  child.kill(signal);
  expect(await ended).toEqual([0, null]);
});

test('when its parent ends a program closes and ends with 0', async () => {
  const { child, ended } = await started('soon', 60_000);
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
});

test('a second signal ends a program that does not close, at once', async () => {
  const { child, said, ended } = await started('never', 60_000);
  child.kill('SIGTERM');
  await said('"stopping"');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
});

test('a program that does not close in time ends with 1', async () => {
  const { child, ended } = await started('never', 50);
  child.kill('SIGTERM');
  expect(await ended).toEqual([1, null]);
});
