/** `npm run simulate -- --histories N --seed S` */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { report } from './report.ts';
import { add, NOTHING, type Range, type Simulated } from './simulate.ts';

const USAGE = `Plays histories of the whole hub under a simulated clock, and checks what the design promises after each.

  npm run simulate -- [--histories 10000] [--seed S] [--threads T] [--json]

  --histories  how many
  --seed       a whole number; the histories have the seeds S, S + 1, … (default: another each time)
  --threads    how many at once (default: one for each core)
  --json       one line of JSON in the end, and nothing else on stdout

Ends with 1 when a promise was broken: the seed, and the shortest script that breaks it, are printed.`;

/** Enough to look at. */
const FAILURES = 3;

function options() {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '10000' },
      seed: { type: 'string' },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: string, text: string, least: number): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new TypeError(`--${name} is not a whole number from ${least}`);
    return value;
  };
  const histories = whole('histories', values.histories, 1);
  const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : whole('seed', values.seed, 0);
  const threads = whole('threads', values.threads ?? String(availableParallelism()), 1);
  return { histories, seed, threads: Math.min(threads, histories), json: values.json, help: values.help };
}

type Message = { readonly played: number } | { readonly result: Simulated };

async function play(range: Range, onPlayed: (played: number) => void): Promise<Simulated> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: range });
  let result: Simulated | null = null;
  worker.on('message', (message: Message) => {
    if ('played' in message) onPlayed(message.played);
    else result = message.result;
  });
  await once(worker, 'exit');
  if (result === null) throw new Error('a thread ended without a result');
  return result;
}

let wanted: ReturnType<typeof options>;
try {
  wanted = options();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exit(2);
}
if (wanted.help) {
  console.log(USAGE);
  process.exit(0);
}

const { histories, seed, threads, json } = wanted;
const begun = performance.now();
let played = 0;
const show = (more: number) => {
  played += more;
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  if (process.stderr.isTTY) process.stderr.write(`\r${played} of ${histories} histories, ${seconds} s `);
};
const all = await Promise.all(
  Array.from({ length: threads }, (_, thread) =>
    play(
      {
        first: seed + thread,
        step: threads,
        histories: Math.floor(histories / threads) + (thread < histories % threads ? 1 : 0),
        failures: FAILURES,
      },
      show,
    ),
  ),
);
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
const reached = all.map((one) => one.reached).reduce(add, NOTHING);
const failures = all.flatMap((one) => one.failures).slice(0, FAILURES);
const seconds = (performance.now() - begun) / 1000;
if (json) console.log(JSON.stringify({ ok: failures.length === 0, seed, seconds, reached, failures }));
else console.log(report({ seed, seconds, reached, failures }));
process.exitCode = failures.length === 0 ? 0 : 1;
