import Table from 'cli-table3';
import type { RunResult } from './run.ts';

export interface Report {
  readonly ok: boolean;
  readonly seed: number;
  readonly minutes: number;
  readonly seconds: number;
  /** The command that runs the same plan again. */
  readonly rerun: string;
  readonly injected: Readonly<Record<string, number>>;
  readonly runs: readonly Omit<RunResult, 'breaches'>[];
  readonly breaches: readonly (RunResult['breaches'][number] & { readonly backend: string })[];
  /** Parts that could not be run here, and why. */
  readonly skipped: readonly string[];
  /** Where the logs are, when there is something to find in them. */
  readonly folder: string | null;
}

/** At most so many breaches in the table; JSON has them all. */
const SHOWN = 40;

export function printReport(report: Report, json: boolean): void {
  const injected = new Table({ head: ['injected', 'times'], style: { head: [], border: [] } });
  for (const [kind, times] of Object.entries(report.injected)) injected.push([kind, times]);
  console.log(injected.toString());
  const checked = new Table({
    head: ['checked', ...report.runs.map((run) => run.backend)],
    style: { head: [], border: [] },
  });
  const names = [...new Set(report.runs.flatMap((run) => Object.keys(run.checked)))];
  for (const name of names) checked.push([name, ...report.runs.map((run) => run.checked[name] ?? 0)]);
  const remarks = [...new Set(report.runs.flatMap((run) => Object.keys(run.remarks)))];
  for (const name of remarks) checked.push([name, ...report.runs.map((run) => run.remarks[name] ?? 0)]);
  checked.push(['seconds until everything was well', ...report.runs.map((run) => run.quiet_s)]);
  console.log(checked.toString());
  for (const { backend, promise, contact_id, token, what } of report.breaches.slice(0, SHOWN))
    console.log(`BREACH ${promise} [${backend}] contact ${contact_id ?? '–'}, token ${token ?? '–'}: ${what}`);
  if (report.breaches.length > SHOWN) console.log(`… and ${report.breaches.length - SHOWN} more`);
  for (const part of report.skipped) console.log(`SKIPPED ${part}`);
  const never = Object.values(report.injected).filter((times) => times === 0).length;
  console.log(
    `${report.breaches.length === 0 ? 'no breach' : `${report.breaches.length} breaches`}, ` +
      `${Object.keys(report.injected).length - never} of ${Object.keys(report.injected).length} kinds of fault injected, ${report.seconds} s`,
  );
  if (report.folder !== null) console.log(`logs of all processes and of the edits: ${report.folder}`);
  console.log(`again: ${report.rerun}`);
  if (json) console.log(JSON.stringify(report));
}
