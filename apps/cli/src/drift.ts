import { type DriftProgress, type DriftReport, SYSTEMS, type System } from '@contact-sync/sync';
import { asker, withServices } from './configuration.ts';
import { interruptible } from './interrupt.ts';
import { printJson } from './print.ts';
import { progressOf } from './progress.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { colour, table } from './table.ts';

/** Of `drift`. */
export interface DriftCommandOptions {
  readonly repair?: true;
  readonly full?: true;
  readonly limit: number;
  readonly by: string;
  readonly json?: true;
}

/**
 * Looks at every record of a system, or of all, one system after the other. Exits with 1 when there is drift; with
 * `--repair`, when some of it was left as it is.
 */
export function findDrift(
  around: Surroundings,
  name: string | undefined,
  options: DriftCommandOptions,
): Promise<ExitCode> {
  const system = SYSTEMS.find((one) => one === name);
  return withServices(around, async ({ desk, parts }) => {
    const systems = system === undefined ? SYSTEMS : [system];
    const { contacts } = await parts.ledger.status();
    const reports = await interruptible(async (signal) => {
      using progress = progressOf(around, contacts * systems.length, 'records');
      const read = new Map<System, number>();
      const onProgress = (step: DriftProgress) => {
        if (step.phase === 'records') read.set(step.system, step.done);
        const done = [...read.values()].reduce((sum, count) => sum + count, 0);
        progress.show(done, step.phase === 'records' ? step.system : `${step.done} ${step.phase}, ${step.system}`);
      };
      const all: DriftReport[] = [];
      for (const one of systems) {
        const look = { items: options.limit, signal, onProgress, asker: asker(options.by) };
        const how = { repair: options.repair ?? false, full: options.full ?? false };
        all.push(await desk.drift(one, { ...look, ...how }));
      }
      return all;
    });
    if (options.json) printJson(around, reports);
    else around.out(shown(reports));
    return reports.every(isInOrder) ? 0 : 1;
  });
}

const driftOf = ({ drift }: DriftReport): number => Object.values(drift).reduce((sum, count) => sum + count, 0);

const isInOrder = (report: DriftReport): boolean =>
  report.repair === null ? driftOf(report) === 0 : report.repair.not_repaired === 0;

function shown(reports: readonly DriftReport[]): string {
  const rows = reports.map((report) => {
    const { system, scanned, read, in_step, explained, drift } = report;
    const found = [drift.stale, drift.edited_outside, drift.lost_notification, drift.extra, drift.missing];
    return [
      ...[system, scanned, read, in_step],
      ...[explained.pending, explained.in_conflict, explained.dead_lettered, explained.discarded],
      ...found.map((count) => (count > 0 ? colour('red', String(count)) : '0')),
      `${report.percent.toFixed(report.percent > 0 && report.percent < 1 ? 3 : 0)} %`,
    ];
  });
  const known = ['pending', 'in conflict', 'dead letters', 'discarded'];
  const counts = table(
    ['system', 'records', 'read', 'in step', ...known, 'stale', 'edited', 'unheard', 'extra', 'missing', 'drift'],
    rows,
  );
  return [counts, ...items(reports), ...repairs(reports)].join('\n\n');
}

function* items(reports: readonly DriftReport[]): Iterable<string> {
  const found = reports.flatMap(({ system, items }) => items.map((item) => ({ system, ...item })));
  if (found.length === 0) return;
  yield table(
    ['system', 'contact', 'record', 'drift', 'differs in'],
    found.map(({ system, contact_id, record_id, kind, fields }) => [
      ...[system, contact_id, record_id, kind.replace('_', ' ')],
      fields.length === 0 ? null : fields.join(', '),
    ]),
  );
  const more = reports.reduce((sum, report) => sum + driftOf(report), 0) - found.length;
  if (more > 0) yield `and ${more} more: raise --limit`;
}

function* repairs(reports: readonly DriftReport[]): Iterable<string> {
  for (const { system, repair } of reports) {
    if (repair === null || repair.handed + repair.not_repaired === 0) continue;
    const left =
      repair.not_repaired > 0 ? `, ${repair.not_repaired} left: ${repair.codes.map(adviceOf).join('; ')}` : '';
    yield `${system}: ${repair.handed} handed to repair${left}`;
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  TOO_MANY_MISSING: 'look whether the hub may still see all records; if they were removed, use contact-sync missing',
  CONTENDED: 'they changed meanwhile: look again',
};

const adviceOf = (code: string): string => (ADVICE[code] === undefined ? code : `${code} (${ADVICE[code]})`);
