#!/usr/bin/env node
import { once } from 'node:events';
import { run } from './run.ts';
import { ReaderGone } from './surroundings.ts';

// A reader that has enough, such as `head`, is no fault: what goes on without one goes on. The exit code stays that of the
// command.
let isRead = true;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: Error & { code?: string }) => {
    if (error.code !== 'EPIPE') throw error;
    if (stream === process.stdout) isRead = false;
  });

const code = await run(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  async piece(text) {
    if (!isRead) throw new ReaderGone();
    if (process.stdout.write(text)) return;
    // Whoever closes the pipe drains nothing any more.
    await once(process.stdout, 'drain').catch(() => undefined);
  },
  terminal: process.stderr.isTTY ? process.stderr : undefined,
});
// Whatever could not be closed would keep the process alive; but what was printed has to reach its reader first.
process.stdout.write('', () => process.exit(code));
