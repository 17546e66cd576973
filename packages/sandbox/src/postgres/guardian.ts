import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type Account, environment } from './account.ts';
import type { Folders } from './folders.ts';

/** A program of Postgres that does not outlive this process, however this process ends: see guardian.sh. */
export interface Guarded {
  /** Resolves with the exit code, once output has ended too. */
  readonly ended: Promise<number>;
  running(): boolean;
  /** The end of what it wrote to stderr. */
  tail(): string;
  /** Interrupts it and removes the temporary folder. */
  interrupt(): void;
  /** While held, which it is at first, it keeps the event loop of this process going. */
  hold(held: boolean): void;
}

const TAIL_LINES = 20;

export function guard(
  program: 'initdb' | 'postgres',
  args: readonly string[],
  folders: Folders,
  account: Account | null,
  log: (line: string) => void,
): Guarded {
  // As text: the script itself may lie where the account cannot read it.
  const script = readFileSync(new URL('./guardian.sh', import.meta.url), 'utf8');
  const child: ChildProcessByStdio<Writable, null, Readable> = spawn(
    '/bin/sh',
    ['-c', script, 'guardian', join(folders.native, 'bin', program), folders.temporary ?? '', ...args],
    // In a session of its own, so that Ctrl-C reaches us and not the server: it must outlive our own shutdown.
    { ...account, cwd: '/', env: environment, detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  child.stdin.on('error', () => {}); // EPIPE when the guardian has gone: its exit tells the same
  const lines: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((line) => line !== '')) {
      lines.push(line);
      if (lines.length > TAIL_LINES) lines.shift();
      log(line);
    }
  });
  let running = true;
  const ended = once(child, 'close').then(([code]) => {
    running = false;
    return typeof code === 'number' ? code : -1;
  });
  return {
    ended,
    running: () => running,
    tail: () => lines.join('\n'),
    interrupt: () => child.stdin.end(),
    hold(held) {
      const handles = [child, ...[child.stdin, child.stderr].filter((stream) => stream instanceof Socket)];
      for (const handle of handles) held ? handle.ref() : handle.unref();
    },
  };
}
