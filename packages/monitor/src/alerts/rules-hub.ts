/** What is wrong with the hub itself: pure. */
import type { Observation, Thresholds } from './observation.ts';
import { codeOf } from './rules-systems.ts';
import { degreeOf, type Saying, type Verdict, verdict } from './verdict.ts';
import { because, capital, counted, lasting } from './words.ts';

const HUB = 'hub';
const INGEST = 'queue:ingest';

/** What nobody could see. */
const unknown = (code: Verdict['code'], subject = HUB): Verdict => ({ code, subject, is: 'unknown' });

/** Every verdict about the hub, its ingest and its contacts. */
export function hubVerdicts(seen: Observation, thresholds: Thresholds): Verdict[] {
  return [
    part(seen, 'ledger', seen.ledger !== null),
    part(seen, 'queues', seen.queues !== null),
    durability(seen),
    conflicts(seen),
    workers(seen),
    waitingIngest(seen),
    stalledIngest(seen, thresholds),
    ...storms(seen),
  ];
}

const ADVICE = {
  ledger:
    'Nothing is decided until it does, and edits wait where they were made. Check that its Postgres runs and that LEDGER_URL reaches it: `contact-sync doctor`.',
  queues:
    'Edits are kept and wait. Check that what QUEUE_URL names runs: `contact-sync doctor`; nothing is lost if it was emptied.',
} as const;

function part({ down }: Observation, name: 'ledger' | 'queues', answers: boolean): Verdict {
  const code = name === 'ledger' ? 'LEDGER_DOWN' : 'QUEUES_DOWN';
  const fault = down.find((one) => one.part === name);
  if (fault === undefined && !answers) return unknown(code);
  return verdict(code, HUB, fault === undefined ? 'right' : 'wrong', () => ({
    severity: 'critical',
    value: null,
    message: `The ${name} ${name === 'ledger' ? 'does' : 'do'} not answer${because(fault?.detail ?? null)}.`,
    advice: ADVICE[name],
  }));
}

function durability({ durability: found }: Observation): Verdict {
  const code = 'QUEUE_NOT_DURABLE';
  if (found === null || (found.persistent === null && found.evicts === null)) return unknown(code);
  const { kind, persistent, evicts, detail } = found;
  const lost = [
    ...(persistent === false ? ['would lose jobs when it restarts'] : []),
    ...(evicts ? ['throws jobs away when its memory is full'] : []),
  ];
  return verdict(code, HUB, lost.length > 0 ? 'wrong' : 'right', () => ({
    severity: 'warning',
    value: null,
    message: `The queues’ ${capital(kind)} ${lost.join(', and ')}${because(detail)}.`,
    advice:
      kind === 'redis'
        ? 'Set `appendonly yes` and `maxmemory-policy noeviction` in Redis. What is lost is found again by the sweeper, only later.'
        : 'Set `fsync`, `full_page_writes` and `synchronous_commit` to `on` in Postgres. What is lost is found again by the sweeper, only later.',
  }));
}

function conflicts({ ledger }: Observation): Verdict {
  if (ledger === null) return unknown('CONFLICT_OPEN');
  const { conflicts: open } = ledger;
  return verdict('CONFLICT_OPEN', HUB, open > 0 ? 'wrong' : 'right', () => ({
    severity: 'warning',
    value: open,
    message: `${counted(open, 'exact tie')} ${open === 1 ? 'waits' : 'wait'} for a person.`,
    advice:
      'See `contact-sync conflicts list`, then `contact-sync conflicts resolve`, or the console. Until then each system keeps its own candidate.',
  }));
}

function workers({ ledger }: Observation): Verdict {
  if (ledger === null) return unknown('NO_WORKER');
  return verdict('NO_WORKER', HUB, ledger.workers.length === 0 ? 'wrong' : 'right', () => ({
    severity: 'critical',
    value: null,
    message: 'No worker has told of itself for a minute.',
    advice: 'Start one: `contact-sync worker`. Edits are kept and wait meanwhile.',
  }));
}

function waitingIngest({ ledger }: Observation): Verdict {
  const code = 'SYNC_FAILING';
  if (ledger === null) return unknown(code, INGEST);
  const waits = codeOf(ledger, { queue: 'ingest' });
  return verdict(code, INGEST, waits === undefined ? 'right' : 'wrong', () => ({
    severity: 'critical',
    value: null,
    message: `No edit is decided over: ingest waits (${waits}).`,
    advice:
      'Every edit goes to BigQuery first: run `contact-sync doctor` to see what it needs. Edits are kept and wait meanwhile.',
  }));
}

/** The oldest edit that could be decided over, and when anything was last. */
function stalledIngest({ ledger, systems, queues }: Observation, { stall_ms }: Thresholds): Verdict {
  const code = 'STALLED';
  const canonical = systems?.find(({ system }) => system === 'bigquery');
  if (ledger === null || systems === null || canonical === undefined) return unknown(code, INGEST);
  const able = systems.filter(({ reachable, inbox }) => reachable?.ok !== false && inbox > 0);
  const edits = able.reduce((sum, { inbox }) => sum + inbox, 0);
  const waited = Math.max(0, ...able.map(({ oldest_inbox_s }) => (oldest_inbox_s ?? 0) * 1_000));
  const { last_success, reachable } = canonical;
  const idle = last_success === null ? waited : Math.min(waited, Date.parse(ledger.at) - Date.parse(last_success));
  const is = edits === 0 ? 'right' : degreeOf(idle, stall_ms);
  const says = (): Saying => ({
    severity: 'critical',
    value: Math.round(idle),
    message: `${counted(edits, 'edit')} ${edits === 1 ? 'waits' : 'wait'} to be decided over, and none was for ${lasting(idle)}.`,
    advice:
      'Restart the worker; if that does not help, see `contact-sync status` and the log for the codes of errors. Edits are kept and wait meanwhile.',
  });
  if (is === 'right') return verdict(code, INGEST, is, says);
  if (reachable === null) return unknown(code, INGEST);
  // What waits for BigQuery is told as that; and echoes are decided over without anything to append.
  const ends = queues?.find(({ queue }) => queue === 'ingest')?.completed_per_minute ?? 0;
  const explained = !reachable.ok || codeOf(ledger, { queue: 'ingest' }) !== undefined || ends > 0;
  return verdict(code, INGEST, explained ? 'lingers' : is, says);
}

const storms = ({ ledger }: Observation): Verdict[] =>
  (ledger?.storms ?? []).map(({ contact_id, versions }) => ({
    code: 'ECHO_STORM',
    subject: `contact:${contact_id}`,
    is: 'wrong',
    says: {
      severity: 'warning',
      value: versions,
      message: `Contact ${contact_id} gained ${counted(versions, 'version')} within a minute.`,
      advice: `Two programs may be undoing each other’s edits: \`contact-sync contact timeline ${contact_id}\` says who writes what. Its deliveries are slowed down, and its edits are kept.`,
    },
  }));
