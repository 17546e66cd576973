import Table from 'cli-table3';
import { PROMISES } from './promises/index.ts';
import type { Script } from './script.ts';
import type { Failure, Reached, Simulated } from './simulate.ts';

/** What people read in the end. */
export function report({ seed, seconds, reached, failures }: Simulated & { seed: number; seconds: number }): string {
  const verdict =
    failures.length === 0 ? `No promise of ${PROMISES.join(', ')} was broken.` : failures.map(told).join('\n\n');
  const rate = (reached.histories / seconds).toFixed(0);
  return [
    `${reached.histories} histories from seed ${seed} in ${seconds.toFixed(1)} s (${rate} a second)`,
    table(reached),
    verdict,
  ].join('\n');
}

function table({ histories: _, actions, ...counts }: Reached): string {
  const reached = new Table({
    head: ['reached', 'times', 'step', 'times'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'left', 'right'],
  });
  const left = Object.entries(counts).map(([name, times]) => [name.replace('_', ' '), String(times)]);
  const right = Object.entries(actions)
    .sort(([, a], [, b]) => b - a)
    .map(([name, times]) => [name, String(times)]);
  for (let row = 0; row < Math.max(left.length, right.length); row++)
    reached.push([...(left[row] ?? ['', '']), ...(right[row] ?? ['', ''])]);
  return reached.toString();
}

const told = ({ seed, breaches, shrunk, left }: Failure): string =>
  [
    `BROKEN at seed ${seed}:`,
    ...breaches.map(({ promise, what }) => `  ${promise}: ${what}`),
    'Shrunk to:',
    ...script(shrunk),
    ...left.map(({ promise, what }) => `  ${promise}: ${what}`),
    `Again: npm run simulate -- --histories 1 --seed ${seed}`,
  ].join('\n');

const script = ({ skews, away, chance, steps }: Script): string[] => [
  `  chance ${chance}, clocks ${JSON.stringify(skews)}${away === null ? '' : `, ${away} is away`}`,
  ...steps.map(({ wait, action }) => `  after ${wait} ms: ${JSON.stringify(action)}`),
];
