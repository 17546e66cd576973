#!/usr/bin/env node
import { run } from './run.ts';

const code = await run(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
});
// Whatever could not be closed would keep the process alive; but what was printed has to reach its reader first.
process.stdout.write('', () => process.exit(code));
