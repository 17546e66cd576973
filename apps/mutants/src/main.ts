/** `npm run mutants`: switches guards off, one at a time, and sees that a named test turns red each time. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { MUTANTS, type Mutant } from './catalogue.ts';
import { type Copy, copyRepository } from './copy.ts';
import { runTest } from './test-run.ts';

const USAGE = `Switches the guards of the promises off, one at a time, and sees that a named test turns red.

  npm run mutants -- [--only "${MUTANTS[0]?.name}"] [--list]

Ends with 1 when a mutant lives, or when a test is red without any.`;

/** A test that a mutant makes wait for ever is given up. */
const WITHIN_MS = 120_000;
const ROOT = join(import.meta.dirname, '../../..');

type Verdict = 'killed' | 'LIVES' | 'RED WITHOUT IT';

interface Result {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly reason: string | null;
}

async function trial(copy: Copy, mutant: Mutant): Promise<Result> {
  const { test, file, find, replace } = mutant;
  const healthy = await runTest(copy.folder, test.file, test.title, WITHIN_MS);
  if (healthy.failed > 0 || healthy.passed === 0)
    return { mutant, verdict: 'RED WITHOUT IT', reason: healthy.reason ?? 'there is no such test' };
  const mend = await copy.change(file, find, replace);
  try {
    const { failed, reason } = await runTest(copy.folder, test.file, test.title, WITHIN_MS);
    return { mutant, verdict: failed > 0 ? 'killed' : 'LIVES', reason };
  } finally {
    await mend();
  }
}

function report(results: readonly Result[]): string {
  const table = new Table({
    head: ['guard', 'switched off', 'test that turns red', 'result'],
    style: { head: [], border: [] },
    colWidths: [18, 34, 60, 16],
    wordWrap: true,
  });
  for (const { mutant, verdict } of results)
    table.push([mutant.name, mutant.guard, `${mutant.test.title}\n(${mutant.test.file})`, verdict]);
  return table.toString();
}

function options(): { readonly mutants: readonly Mutant[]; readonly isList: boolean } | 'help' {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const mutants = MUTANTS.filter(({ name }) => values.only === undefined || name === values.only);
  if (mutants.length === 0)
    throw new TypeError(`--only: there is no such guard, but ${MUTANTS.map(({ name }) => name).join(', ')}`);
  return { mutants, isList: values.list };
}

async function main(): Promise<number> {
  let wanted: ReturnType<typeof options>;
  try {
    wanted = options();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  if (wanted === 'help') {
    console.log(USAGE);
    return 0;
  }
  if (wanted.isList) {
    for (const { name, guard } of wanted.mutants) console.log(`${name}: ${guard}`);
    return 0;
  }
  const copy = await copyRepository(ROOT);
  try {
    const results: Result[] = [];
    for (const mutant of wanted.mutants) {
      const result = await trial(copy, mutant);
      console.error(
        `${result.verdict}: ${mutant.name}${result.reason === null ? '' : ` (${result.reason.slice(0, 160)})`}`,
      );
      results.push(result);
    }
    const killed = results.filter(({ verdict }) => verdict === 'killed').length;
    console.log(report(results));
    console.log(`${killed} of ${results.length} mutants are killed.`);
    return killed === results.length ? 0 : 1;
  } finally {
    await copy.close();
  }
}

process.exitCode = await main();
