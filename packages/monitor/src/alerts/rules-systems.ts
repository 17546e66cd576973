/** What is wrong with one system: pure. */
import { type LedgerHealth, type System, TARGETS, type WorkQueue } from '@contact-sync/sync';
import type { Observation, SystemSight, Thresholds } from './observation.ts';
import { degreeOf, type Saying, type Verdict, verdict } from './verdict.ts';
import { because, capital, counted, lasting, nameOf } from './words.ts';

/** What every rule about one system looks at. */
interface Scene {
  readonly system: System;
  readonly subject: string;
  readonly name: string;
  readonly sight: SystemSight;
  readonly ledger: Omit<LedgerHealth, 'systems'>;
  readonly thresholds: Thresholds;
}

type Rule = (scene: Scene) => Verdict;

/** So many faults without anything finished are more than one contact's. */
const MANY_FAULTS = 3;
/** Some systems tell whole seconds. */
const WHOLE_SECOND_MS = 1_000;

const DOCTOR = 'Run `contact-sync doctor`: it says which address or credential is refused.';

/** Where a worker last said that something stands still, the code of the fault. */
export function codeOf(
  { workers }: Pick<LedgerHealth, 'workers'>,
  of: { readonly queue: WorkQueue } | { readonly system: System },
): string | undefined {
  for (const { waiting, failing } of workers) {
    const code = 'queue' in of ? waiting[of.queue] : failing[of.system];
    if (code !== undefined) return code;
  }
  return undefined;
}

/** The queue that brings a system what waits for it: to BigQuery ingest appends. */
function queueTo(system: System): WorkQueue {
  const target = TARGETS.find((one) => one === system);
  return target === undefined ? 'ingest' : `propagate-${target}`;
}

const waitsFor = ({ system, ledger }: Scene): string | undefined => codeOf(ledger, { queue: queueTo(system) });

const failing: Rule = (scene) => {
  const { subject, name, sight, ledger, system } = scene;
  const { reachable, errors, finished } = sight;
  const saying = (message: string, advice: string): Verdict => ({
    code: 'SYNC_FAILING',
    subject,
    is: 'wrong',
    says: { severity: 'critical', value: null, message, advice },
  });
  if (reachable?.ok === false)
    return saying(
      `${capital(name)} does not answer${because(reachable.detail)}.`,
      `The others go on, and it catches up by itself once it is back. ${DOCTOR}`,
    );
  // That ingest waits is told of ingest: any system may be its reason.
  const waits = system === 'bigquery' ? undefined : waitsFor(scene);
  if (waits !== undefined)
    return saying(
      `Deliveries to ${name} wait: ${waits}.`,
      `They go on by themselves once it answers as it should. ${DOCTOR}`,
    );
  const unread = codeOf(ledger, { system });
  if (unread !== undefined)
    return saying(
      `Edits made in ${name} cannot be read: ${unread}.`,
      `They are kept there, and nothing is lost meanwhile. ${DOCTOR}`,
    );
  const faults = errors.reduce((sum, { recent }) => sum + recent, 0);
  if (faults >= MANY_FAULTS && finished === 0) {
    const codes = errors.filter(({ recent }) => recent > 0).map(({ code, recent }) => `${code} ${recent}`);
    return saying(
      `${counted(faults, 'fault')} in ${name}, and nothing was finished: ${codes.slice(0, 5).join(', ')}.`,
      `See \`contact-sync dead list --system ${system}\`: each dead letter says what to do. Mend the cause, then replay them.`,
    );
  }
  return { code: 'SYNC_FAILING', subject, is: reachable === null ? 'unknown' : 'right' };
};

const drift: Rule = ({ subject, name, system, sight, ledger, thresholds }) => {
  const look = sight.drift;
  if (look === null) return { code: 'DRIFT_HIGH', subject, is: 'unknown' };
  const age = Date.parse(ledger.at) - Date.parse(look.started_at) - look.took_ms;
  return verdict('DRIFT_HIGH', subject, degreeOf(look.percent, thresholds.drift_percent), () => ({
    severity: 'critical',
    value: look.percent,
    message: `${Number(look.percent.toPrecision(3))} % of the records of ${name} are not what the hub believes, as a look found ${lasting(age)} ago.`,
    advice: `See \`contact-sync drift ${system}\` for each by name; \`contact-sync drift ${system} --repair\` has them mended by the normal queues.`,
  }));
};

const latency: Rule = ({ subject, name, sight, thresholds }) => {
  // What never arrives has no latency: the age of what waits is a lower bound of it.
  const slow = sight.latency.p95_ms ?? 0;
  const pending = (sight.oldest_pending_s ?? 0) * 1_000;
  const inbox = (sight.oldest_inbox_s ?? 0) * 1_000;
  const value = Math.round(Math.max(slow, pending, inbox));
  const told = () => {
    if (value === Math.round(pending))
      return `${counted(sight.pending, 'change')} for ${name} ${sight.pending === 1 ? 'waits' : 'wait'}, the oldest for ${lasting(pending)}.`;
    if (value === Math.round(inbox))
      return `${counted(sight.inbox, 'edit')} from ${name} ${sight.inbox === 1 ? 'waits' : 'wait'} to be decided over, the oldest for ${lasting(inbox)}.`;
    return `Of the edits that came to ${name}, one in twenty took more than ${lasting(slow)} (${counted(sight.latency.count, 'edit')}).`;
  };
  return verdict('LATENCY_HIGH', subject, degreeOf(value, thresholds.latency_ms), () => ({
    severity: 'warning',
    value,
    message: told(),
    advice:
      'See `contact-sync status` for what waits where. Check that enough workers run, and that the system answers quickly; nothing is lost meanwhile.',
  }));
};

const stalled: Rule = (scene) => {
  const { subject, name, sight, ledger, thresholds } = scene;
  const { pending, oldest_pending_s, last_success, reachable } = sight;
  const waited = (oldest_pending_s ?? 0) * 1_000;
  const idle = last_success === null ? waited : Math.min(waited, Date.parse(ledger.at) - Date.parse(last_success));
  const is = pending === 0 ? 'right' : degreeOf(idle, thresholds.stall_ms);
  const says = (): Saying => ({
    severity: 'critical',
    value: Math.round(idle),
    message: `${counted(pending, 'change')} for ${name} ${pending === 1 ? 'waits' : 'wait'}, and nothing came there for ${lasting(idle)} though it answers.`,
    advice:
      'Restart the worker; if that does not help, see `contact-sync status` and the log for the codes of errors. Nothing is lost: what waits is in the ledger.',
  });
  if (is === 'right') return verdict('STALLED', subject, is, says);
  if (reachable === null) return verdict('STALLED', subject, 'unknown', says);
  // While the system itself is the reason, that is what people are told.
  const explained = !reachable.ok || waitsFor(scene) !== undefined;
  return verdict('STALLED', subject, explained ? 'lingers' : is, says);
};

const skew: Rule = ({ subject, name, sight: { reachable }, thresholds }) => {
  const ahead = reachable?.ok ? (reachable.skew_ms ?? null) : null;
  if (reachable === null || ahead === null) return { code: 'CLOCK_SKEW', subject, is: 'unknown' };
  const certain = Math.max(0, Math.abs(ahead) - reachable.latency_ms / 2 - WHOLE_SECOND_MS);
  return verdict('CLOCK_SKEW', subject, degreeOf(certain, thresholds.skew_ms), () => ({
    severity: 'warning',
    value: Math.round(ahead),
    message: `The clock of ${name} is ${lasting(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the hub’s.`,
    advice:
      'Of two edits the later one wins, by these clocks: have both machines keep time by NTP. What was edited meanwhile is in the history, and can be restored.',
  }));
};

const letters: Rule = ({ subject, name, system, sight: { dead_letters, errors } }) =>
  verdict('DEAD_LETTERS_OPEN', subject, dead_letters > 0 ? 'wrong' : 'right', () => {
    const codes = errors.filter(({ open }) => open > 0).map(({ code, open }) => `${code} ${open}`);
    const why = codes.length === 0 ? '' : `: ${codes.slice(0, 5).join(', ')}`;
    return {
      severity: 'warning',
      value: dead_letters,
      message: `${counted(dead_letters, 'dead letter')} of ${name} ${dead_letters === 1 ? 'is' : 'are'} open${why}.`,
      advice: `See \`contact-sync dead list --system ${system}\`: each says what to do. Mend the cause, then \`contact-sync dead replay --system ${system}\`.`,
    };
  });

const RULES = {
  SYNC_FAILING: failing,
  DRIFT_HIGH: drift,
  LATENCY_HIGH: latency,
  STALLED: stalled,
  CLOCK_SKEW: skew,
  DEAD_LETTERS_OPEN: letters,
} as const satisfies Partial<Record<Verdict['code'], Rule>>;
/** What may be wrong with a system. */
export const SYSTEM_CODES = Object.keys(RULES) as readonly (keyof typeof RULES)[];

/** One verdict of each rule. What nobody could see of it is `unknown`. */
export function verdictsOn(system: System, { ledger, systems }: Observation, thresholds: Thresholds): Verdict[] {
  const subject = `system:${system}`;
  const sight = systems?.find((one) => one.system === system);
  if (sight === undefined || ledger === null) return SYSTEM_CODES.map((code) => ({ code, subject, is: 'unknown' }));
  const scene = { system, subject, name: nameOf(system), sight, ledger, thresholds };
  return SYSTEM_CODES.map((code) => RULES[code](scene));
}
