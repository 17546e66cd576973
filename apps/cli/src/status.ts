import { readiness } from '@contact-sync/server';
import {
  type Attention,
  attention,
  faultFields,
  type LedgerStatus,
  type QueueCounts,
  SYSTEMS,
} from '@contact-sync/sync';
import { withHub } from './configuration.ts';
import { printJson } from './print.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { colour, duration, table } from './table.ts';

/** What is pending, waiting and failing. Shows what can be shown, whatever is away. */
export function status(around: Surroundings, options: { readonly json?: true }): Promise<ExitCode> {
  return withHub(around, async ({ parts }) => {
    const [health, ledger, queues] = await Promise.all([
      readiness(parts)(),
      told(parts.ledger.status()),
      told(parts.queues.counts()),
    ]);
    const needed = attention({
      ...{ ledger: health.ledger, queues: health.queues, status: ledger, counts: queues },
      systems: SYSTEMS.map((system) => ({ system, ...health.systems[system] })),
    });
    if (options.json) printJson(around, { health, ledger, queues, attention: needed });
    else
      around.out(
        [systemsTable(health, ledger), queuesTable(queues), ...attentionTable(needed), summary(health, ledger)].join(
          '\n\n',
        ),
      );
    return health.status === 'ready' ? 0 : 1;
  });
}

/** `null` for what cannot be told now: health says why. */
async function told<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if ('reason' in faultFields(error)) return null;
    throw error;
  }
}

type Health = Awaited<ReturnType<ReturnType<typeof readiness>>>;

function systemsTable({ systems }: Health, ledger: LedgerStatus | null): string {
  const rows = Object.entries(systems).map(([name, { ok, latency_ms, detail }]) => {
    const known = ledger?.systems.find(({ system }) => system === name);
    return [
      name,
      ok ? colour('green', 'up') : colour('red', `down: ${detail}`),
      `${latency_ms} ms`,
      known?.pending ?? null,
      known?.oldest_pending_s == null ? null : duration(known.oldest_pending_s),
      known?.inbox ?? null,
      known?.dead_letters ?? null,
      known?.last_success ?? null,
    ];
  });
  return table(['system', 'health', 'latency', 'pending', 'oldest', 'inbox', 'dead', 'last success'], rows);
}

function queuesTable(queues: Readonly<Record<string, QueueCounts>> | null): string {
  const rows = Object.entries(queues ?? {}).map(([name, counts]) => [
    name,
    counts.waiting,
    counts.active,
    counts.delayed,
    counts.failed,
  ]);
  return table(['queue', 'waiting', 'active', 'delayed', 'failed'], rows);
}

function attentionTable(needed: readonly Attention[]): readonly string[] {
  if (needed.length === 0) return [];
  const rows = needed.map(({ severity, message, advice }) => [
    severity === 'critical' ? colour('red', severity) : colour('yellow', severity),
    `${message}\n→ ${advice}`,
  ]);
  return [table(['', 'what needs a person'], rows)];
}

function summary(health: Health, ledger: LedgerStatus | null): string {
  const counts =
    ledger === null
      ? colour('red', `the ledger is away: ${health.ledger.detail}`)
      : `${ledger.contacts} contacts, ${ledger.conflicts} conflicts, ${ledger.dead_letters} dead letters`;
  const hue = health.status === 'ready' ? 'green' : health.status === 'degraded' ? 'yellow' : 'red';
  return `${colour(hue, health.status)}: ${counts}`;
}
