/** Runs commands of contact-sync one after the other: each as a process of its own would take seconds to load. */
import { Readable } from 'node:stream';
import { run } from '../../cli/src/run.ts';

/** As JSON: the arguments of each, and what differs in its environment. */
type Calls = readonly (readonly [args: readonly string[], env: Readonly<Record<string, string>>])[];

// Given by the test.
for (const [args, env] of JSON.parse(process.argv[2] ?? '[]') as Calls) {
  const print = (text: string) => console.log(text);
  const code = await run(args, { env: { ...process.env, ...env }, stdin: Readable.from([]), out: print, err: print });
  console.log(`\u0000${args.join(' ')} ended with ${code}`);
}
