/** What needs a person, out of what is known of the hub: pure. */
import type { LedgerStatus, SystemStatus } from '../ledger-port.ts';
import type { System } from '../ports.ts';
import { type QueueCounts, type QueueName, WORK_QUEUES } from '../queue-port.ts';

/** Something that needs a person, or soon will. */
export interface Attention {
  /** Stable, in capitals: people filter and alert by it. */
  readonly code:
    | 'LEDGER_DOWN'
    | 'QUEUES_DOWN'
    | 'SYSTEM_DOWN'
    | 'PENDING_OLD'
    | 'INBOX_OLD'
    | 'DEAD_LETTERS_OPEN'
    | 'CONFLICTS_OPEN'
    | 'JOBS_FAILED';
  readonly severity: 'critical' | 'warning';
  /** `null`: it is about no system in particular. */
  readonly system: System | null;
  /** English, for people; ids, codes and counts only. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
}

/** Whether a part answers, and why not. */
export interface Answering {
  readonly ok: boolean;
  /** Without anything secret. */
  readonly detail: string | null;
}

/** What is known of the hub at one moment. `null`: that cannot be told. */
export interface Sight {
  readonly ledger: Answering;
  readonly queues: Answering;
  readonly systems: readonly (Answering & { readonly system: System })[];
  readonly status: LedgerStatus | null;
  readonly counts: Readonly<Record<QueueName, QueueCounts>> | null;
}

/** Edits arrive within seconds: what waits longer than this waits for something. */
const OLD_S = 5 * 60;
/** And what waits longer than this will not mend by itself. */
const VERY_OLD_S = 15 * 60;

const NAMES: Readonly<Record<System, string>> = {
  bigquery: 'BigQuery',
  supabase: 'Supabase',
  local: 'the local database',
  twenty: 'Twenty',
};

/** Worst first; empty when all is well. */
export function attention(sight: Sight): readonly Attention[] {
  const all = [...parts(sight), ...waiting(sight), ...people(sight), ...jobs(sight)];
  // Sorting is stable: of equal severity, what is told first is what the others follow from.
  return all.sort((one, other) => Number(other.severity === 'critical') - Number(one.severity === 'critical'));
}

const because = ({ detail }: Answering): string => (detail === null ? '' : ` (${detail})`);

function* parts({ ledger, queues, systems }: Sight): Iterable<Attention> {
  const critical = { severity: 'critical', system: null } as const;
  if (!ledger.ok)
    yield {
      ...critical,
      code: 'LEDGER_DOWN',
      message: `The ledger does not answer${because(ledger)}.`,
      advice: 'Nothing is decided until it does. Check that its Postgres runs and that LEDGER_URL reaches it.',
    };
  if (!queues.ok)
    yield {
      ...critical,
      code: 'QUEUES_DOWN',
      message: `The queues do not answer${because(queues)}.`,
      advice: 'Edits are kept and wait. Check that what QUEUE_URL names runs; nothing is lost if it was emptied.',
    };
  for (const standing of systems)
    if (!standing.ok)
      yield {
        code: 'SYSTEM_DOWN',
        severity: 'critical',
        system: standing.system,
        message: `${capital(NAMES[standing.system])} does not answer${because(standing)}.`,
        advice: 'The others go on, and it catches up by itself once it is back. Check its address and its credentials.',
      };
}

function* waiting({ status }: Sight): Iterable<Attention> {
  for (const standing of status?.systems ?? []) {
    const { system, pending, oldest_pending_s, inbox, oldest_inbox_s } = standing;
    const name = NAMES[system];
    if (oldest_inbox_s !== null && oldest_inbox_s > OLD_S)
      yield {
        code: 'INBOX_OLD',
        severity: severityOf(oldest_inbox_s),
        system,
        message: `${counted(inbox, 'edit')} from ${name} ${inbox === 1 ? 'waits' : 'wait'} to be decided over, the oldest for ${age(oldest_inbox_s)}.`,
        advice: 'Check that a worker runs, and that BigQuery and the queues answer.',
      };
    if (oldest_pending_s !== null && oldest_pending_s > OLD_S)
      yield {
        code: 'PENDING_OLD',
        severity: severityOf(oldest_pending_s),
        system,
        message: `${counted(pending, pendingOf(standing))} ${pending === 1 ? 'waits' : 'wait'} for ${name}, the oldest for ${age(oldest_pending_s)}.`,
        advice: `Check that a worker runs and that ${name} answers; each is tried again by itself.`,
      };
  }
}

function* people({ status }: Sight): Iterable<Attention> {
  for (const { system, dead_letters } of status?.systems ?? [])
    if (dead_letters > 0)
      yield {
        code: 'DEAD_LETTERS_OPEN',
        severity: 'warning',
        system,
        message: `${counted(dead_letters, 'dead letter')} of ${NAMES[system]} ${dead_letters === 1 ? 'is' : 'are'} open.`,
        advice: 'Each says what to do. Mend the cause, then replay them.',
      };
  const conflicts = status?.conflicts ?? 0;
  if (conflicts > 0)
    yield {
      code: 'CONFLICTS_OPEN',
      severity: 'warning',
      system: null,
      message: `${counted(conflicts, 'conflict')} ${conflicts === 1 ? 'waits' : 'wait'} for a decision.`,
      advice: 'Choose a side of each, or write a merge. Until then each system keeps its own.',
    };
}

function* jobs({ counts }: Sight): Iterable<Attention> {
  for (const queue of WORK_QUEUES) {
    const failed = counts?.[queue].failed ?? 0;
    if (failed > 0)
      yield {
        code: 'JOBS_FAILED',
        severity: 'warning',
        system: null,
        message: `${counted(failed, 'job')} of ${queue} failed and ${failed === 1 ? 'is' : 'are'} no dead letter yet.`,
        advice: 'The next sweep makes dead letters of them. If this stays, check that a worker runs.',
      };
  }
}

const severityOf = (seconds: number): Attention['severity'] => (seconds > VERY_OLD_S ? 'critical' : 'warning');
/** BigQuery is told versions, the others contacts. */
const pendingOf = ({ system }: SystemStatus): string => (system === 'bigquery' ? 'version' : 'contact');
const counted = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function age(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return counted(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}
