import type { Health, HealthReport, SystemReport } from '@contact-sync/monitor';
import { type Attention, attention, type QueueName, SYSTEMS } from '@contact-sync/sync';
import { withHub } from './configuration.ts';
import { printJson, shownTime } from './print.ts';
import { schedulesTable } from './schedules.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { colour, duration, table } from './table.ts';

/** How everything is doing: what waits, how long edits take, what fails. Shows what can be shown, whatever is away. */
export function status(around: Surroundings, options: { readonly json?: true }): Promise<ExitCode> {
  return withHub(around, async ({ health, monitor }) => {
    const [{ report, stalls }, schedules] = await Promise.all([health(), monitor.schedules().catch(() => null)]);
    const needed = attentionOf(report);
    if (options.json) printJson(around, { ...report, stalls, schedules, attention: needed });
    else {
      const parts = [
        systemsTable(report),
        ...latelyTable(report),
        ...errorsTable(report),
        queuesTable(report),
        ...(schedules === null || schedules.length === 0 ? [] : [schedulesTable(schedules)]),
        ...alertsTable(report),
        ...attentionTable(needed),
        ...stallsTable(stalls),
        summary(report),
      ];
      around.out(parts.join('\n\n'));
    }
    const critical = [...needed, ...(report.alerts ?? [])].some(({ severity }) => severity === 'critical');
    return report.status === 'ready' && !critical ? 0 : 1;
  });
}

/** What needs a person, out of the report. */
function attentionOf({ down, ledger, systems, queues }: HealthReport): readonly Attention[] {
  const answering = (part: 'ledger' | 'queues') => {
    const fault = down.find((one) => one.part === part);
    return { ok: fault === undefined, detail: fault?.detail ?? null };
  };
  return attention({
    ledger: answering('ledger'),
    queues: answering('queues'),
    systems: (systems ?? []).flatMap(({ system, reachable }) =>
      reachable === null ? [] : [{ system, ok: reachable.ok, detail: reachable.detail }],
    ),
    status: ledger === null || systems === null ? null : { ...ledger, systems },
    // One entry for each queue.
    counts:
      queues === null
        ? null
        : (Object.fromEntries(queues.map(({ queue, ...counts }) => [queue, counts])) as Record<
            QueueName,
            Omit<(typeof queues)[number], 'queue'>
          >),
  });
}

function systemsTable({ systems }: HealthReport): string {
  const rows = SYSTEMS.map((system) => {
    const known = systems?.find((one) => one.system === system);
    if (known === undefined) return [system, null, null, null, null, null, null, null, null];
    return [
      system,
      standingOf(known),
      known.pending,
      known.oldest_pending_s === null ? null : duration(known.oldest_pending_s),
      known.inbox,
      known.dead_letters,
      known.conflicts,
      known.drift === null ? null : driftOf(known.drift),
      known.last_success === null ? null : shownTime(known.last_success),
    ];
  });
  return table(['system', 'health', 'pending', 'oldest', 'inbox', 'dead', 'conflicts', 'drift', 'last success'], rows);
}

function standingOf({ reachable }: SystemReport): string {
  if (reachable === null) return colour('yellow', 'no answer yet');
  return reachable.ok ? colour('green', `up ${reachable.latency_ms} ms`) : colour('red', `down: ${reachable.detail}`);
}

function driftOf({ percent }: NonNullable<SystemReport['drift']>): string {
  const shown = `${Number(percent.toPrecision(3))} %`;
  return percent === 0 ? colour('green', shown) : colour('yellow', shown);
}

function latelyTable({ systems, ledger }: HealthReport): readonly string[] {
  if (systems === null || ledger === null) return [];
  const rows = systems.map(({ system, finished, latency, errors }) => [
    system,
    finished,
    ...[latency.p50_ms, latency.p95_ms, latency.p99_ms].map((ms) => (ms === null ? null : took(ms))),
    errors.reduce((sum, { recent }) => sum + recent, 0),
  ]);
  return [table([`last ${duration(ledger.window_s)}`, 'finished', 'p50', 'p95', 'p99', 'faults'], rows)];
}

const took = (ms: number): string => (ms < 10_000 ? `${Math.round(ms)} ms` : duration(ms / 1_000));

function errorsTable({ systems }: HealthReport): readonly string[] {
  const rows = (systems ?? []).flatMap(({ system, errors }) =>
    errors.map(({ code, open, recent, per_minute }) => [
      system,
      colour('yellow', code),
      open,
      recent,
      Number(per_minute.toPrecision(3)),
    ]),
  );
  return rows.length === 0 ? [] : [table(['system', 'error', 'dead letters', 'lately', 'per minute'], rows)];
}

function queuesTable({ queues }: HealthReport): string {
  const rows = (queues ?? []).map((one) => [
    one.queue,
    one.waiting,
    one.active,
    one.delayed,
    one.failed,
    rate(one.completed_per_minute),
    rate(one.failed_per_minute),
  ]);
  return table(['queue', 'waiting', 'active', 'delayed', 'failed', 'done/min', 'failed/min'], rows);
}

const rate = (perMinute: number | null): number | null =>
  perMinute === null ? null : Number(perMinute.toPrecision(3));

function alertsTable({ alerts }: HealthReport): readonly string[] {
  if (alerts === null || alerts.length === 0) return [];
  const rows = alerts.map(({ severity, code, subject, message }) => [severityOf(severity), code, subject, message]);
  return [table(['', 'alert', 'about', 'what is wrong'], rows)];
}

function attentionTable(needed: readonly Attention[]): readonly string[] {
  if (needed.length === 0) return [];
  const rows = needed.map(({ severity, message, advice }) => [severityOf(severity), `${message}\n→ ${advice}`]);
  return [table(['', 'what needs a person'], rows)];
}

const severityOf = (severity: Attention['severity']): string =>
  severity === 'critical' ? colour('red', severity) : colour('yellow', severity);

function stallsTable(stalls: Health['stalls']): readonly string[] {
  if (stalls.length === 0) return [];
  const rows = stalls.map(({ code, system, waiting, for_s }) => [
    colour('red', code),
    system,
    waiting,
    duration(for_s),
  ]);
  return [table(['stands still', 'system', 'waiting', 'for'], rows)];
}

function summary({ status, ledger, down, durability }: HealthReport): string {
  const hue = status === 'ready' ? 'green' : status === 'degraded' ? 'yellow' : 'red';
  const counts =
    ledger === null
      ? colour('red', `the ledger is away: ${down.find(({ part }) => part === 'ledger')?.detail}`)
      : `${ledger.contacts} contacts, ${ledger.conflicts} conflicts, ${ledger.dead_letters} dead letters`;
  const workers =
    ledger === null ? '' : `, ${ledger.workers.length} ${ledger.workers.length === 1 ? 'worker' : 'workers'}`;
  const kept = durability?.persistent === false || durability?.evicts ? `\n${colour('red', durability.detail)}` : '';
  return `${colour(hue, status)}: ${counts}${workers}${kept}`;
}
