import { styleText } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import { type Audit, SYSTEMS } from './audit.ts';
import type { Percentiles } from './latency.ts';
import type { Story } from './scenario.ts';

export interface Report {
  /** Every contact equal everywhere, nothing open, nothing pending. */
  readonly ok: boolean;
  readonly contacts: number;
  readonly equal: number;
  readonly systems: Audit['systems'];
  readonly differences: readonly string[];
  readonly conflicts: Story['conflicts'] & { readonly open: number };
  readonly deletes: Story['deletes'];
  readonly dead_letters: Story['dead_letters'] & { readonly open: number };
  /** Milliseconds, from an edit's commit elsewhere to the system's receipt, while idle. */
  readonly latency_ms: Readonly<Record<(typeof SYSTEMS)[number] | 'all', Percentiles>>;
  readonly seconds: number;
}

const status = z.looseObject({
  ledger: z.looseObject({
    conflicts: z.number(),
    dead_letters: z.number(),
  }),
  systems: z.array(z.looseObject({ pending: z.number(), inbox: z.number() })),
});

/** @param hubStatus what `contact-sync status --json` said */
export function reportOf(found: Audit, story: Story, hubStatus: unknown, seconds: number): Report {
  const { ledger, systems } = status.parse(hubStatus);
  const idle = systems.every(({ pending, inbox }) => pending === 0 && inbox === 0);
  const { bigquery, supabase, local, twenty } = Object.fromEntries(
    SYSTEMS.map((system) => [system, story.latencies.of(system)]),
  ) as Record<(typeof SYSTEMS)[number], Percentiles>;
  return {
    ok:
      found.contacts > 0 &&
      found.equal === found.contacts &&
      idle &&
      ledger.conflicts === 0 &&
      ledger.dead_letters === 0,
    ...found,
    conflicts: { ...story.conflicts, open: ledger.conflicts },
    deletes: story.deletes,
    dead_letters: { ...story.dead_letters, open: ledger.dead_letters },
    latency_ms: { bigquery, supabase, local, twenty, all: story.latencies.overall() },
    seconds,
  };
}

/** The table for people; with `json` the result as the last line too. */
export function printReport(report: Report, json: boolean): void {
  const plain = process.stdout.isTTY ? { head: ['bold'], border: ['gray'] } : { head: [], border: [] };
  const table = new Table({
    head: ['', 'contacts', 'equal', 'p50 ms', 'p99 ms'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { ...plain, compact: true },
  });
  for (const system of SYSTEMS) {
    const { p50, p99 } = report.latency_ms[system];
    const { contacts, equal } = report.systems[system];
    table.push([system, contacts, equal, p50, p99]);
  }
  console.log(`\n${table.toString()}`);
  const { conflicts, deletes, dead_letters } = report;
  console.log(
    `  conflicts     ${conflicts.opened} opened, ${conflicts.resolved} resolved, ${conflicts.open} open
  deletes       ${deletes.deleted} deleted, ${deletes.revived} revived
  dead letters  ${dead_letters.seen} seen, ${dead_letters.replayed} replayed, ${dead_letters.open} open
  all systems   p50 ${report.latency_ms.all.p50} ms, p99 ${report.latency_ms.all.p99} ms from edit to receipt, while idle (${report.latency_ms.all.n} arrivals)
  took          ${report.seconds} s\n`,
  );
  for (const difference of report.differences) console.log(styleText('red', `  ${difference}`));
  const verdict = report.ok
    ? styleText('green', 'Every contact is equal in all four systems.')
    : styleText('red', 'Not equal everywhere.');
  console.log(`  ${verdict}`);
  if (json) console.log(JSON.stringify(report));
}
