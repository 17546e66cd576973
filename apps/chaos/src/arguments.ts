import { parseArgs } from 'node:util';

export const USAGE = `Runs the hub as processes of its own against a sandbox, breaks everything around it while outside programs edit,
heals it, and has a checker of its own read every system and judge.

  npm run chaos -- [--minutes 2] [--seed 1] [--backend redis|postgres] [--local postgres|sqlite] [--json]

  --minutes   how long faults go on, shared between the backends (0.1 to 600; default 2)
  --seed      decides the plan of faults and edits (a whole number; default: any)
  --backend   the queues live there alone (default: one half of the time each)
  --local     what the local database is (default: postgres)
  --json      the last line is the result as one JSON object

Exits with 0 only if no promise was broken, with 1 on any breach, with 2 when it was wrongly called.`;

export interface Wanted {
  readonly minutes: number;
  readonly seed: number;
  readonly backends: readonly ('redis' | 'postgres')[];
  readonly local: 'postgres' | 'sqlite';
  readonly json: boolean;
}

/** @throws {TypeError} with what is wrong with the arguments */
export function wanted(args: readonly string[], anySeed: () => number): Wanted | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string' },
      backend: { type: 'string' },
      local: { type: 'string', default: 'postgres' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const minutes = /^\d+(\.\d+)?$/.test(values.minutes) ? Number(values.minutes) : Number.NaN;
  if (!(minutes >= 0.1 && minutes <= 600)) throw new TypeError('--minutes is not a number from 0.1 to 600');
  if (values.seed !== undefined && !/^\d{1,9}$/.test(values.seed))
    throw new TypeError('--seed is not a whole number of at most nine digits');
  const { backend, local, json } = values;
  if (backend !== undefined && backend !== 'redis' && backend !== 'postgres')
    throw new TypeError('--backend is neither redis nor postgres');
  if (local !== 'postgres' && local !== 'sqlite') throw new TypeError('--local is neither postgres nor sqlite');
  return {
    minutes,
    seed: values.seed === undefined ? anySeed() : Number(values.seed),
    backends: backend === undefined ? ['redis', 'postgres'] : [backend],
    local,
    json,
  };
}
