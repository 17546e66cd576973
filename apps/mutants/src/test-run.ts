import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How the tests of one file went that have this title. */
export interface TestRun {
  readonly passed: number;
  readonly failed: number;
  /** Of the first that failed: its message, in one line. */
  readonly reason: string | null;
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** @param within milliseconds until the run is given up, which counts as failed: a mutant may make a test wait for ever */
export async function runTest(folder: string, file: string, title: string, within: number): Promise<TestRun> {
  const output = join(folder, 'mutant-tests.json');
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
  const pattern = `${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
  const child = spawn(
    process.execPath,
    [vitest, 'run', file, '-t', pattern, '--reporter=json', `--outputFile=${output}`],
    {
      cwd: folder,
      stdio: 'ignore',
      // A group of its own, so that it can be ended with all that it started.
      detached: true,
    },
  );
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  }, within);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  if (code === null) return { passed: 0, failed: 1, reason: 'it did not end' };
  // Of the reporter of vitest, in the form of jest.
  const report = JSON.parse(await readFile(output, 'utf8')) as Report;
  const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const named = all.filter((one) => one.title.endsWith(title));
  const failed = named.filter(({ status }) => status === 'failed');
  const [reason] = failed.flatMap(({ failureMessages }) => failureMessages);
  return {
    passed: named.filter(({ status }) => status === 'passed').length,
    failed: failed.length,
    reason: reason?.split('\n')[0] ?? null,
  };
}
