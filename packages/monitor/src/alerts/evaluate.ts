/** What becomes of every alert in one round: pure. */
import type { AlertChange, OpenAlert, SinkName } from '@contact-sync/sync';
import type { Thresholds } from './observation.ts';
import type { Judgement } from './rules.ts';
import { type Sight, type Standing, TABLE } from './states.ts';
import type { Verdict } from './verdict.ts';

/** When it is, and who is to be told of what begins to fire. */
export interface Moment extends Pick<Thresholds, 'after_ms' | 'resolve_ms'> {
  /** An ISO 8601 instant, of the clock that the alerts' own are of. */
  readonly at: string;
  readonly sinks: readonly SinkName[];
}

/** What an {@link OpenAlert} has that decides. */
export type Known = Pick<OpenAlert, 'since' | 'fired_at' | 'right_since'>;

/**
 * @param open one of a name
 * @returns the steps to take, none for what stays as it is; one of a name
 */
export function evaluate(open: readonly OpenAlert[], judgement: Judgement, moment: Moment): readonly AlertChange[] {
  const known = new Map(open.map((alert) => [nameOf(alert), alert]));
  const judged = new Set(judgement.verdicts.map(nameOf));
  const unnamed = open
    .filter((alert) => !judged.has(nameOf(alert)))
    .map(({ code, subject }): Verdict => ({ code, subject, is: judgement.absent(code) }));
  return [...judgement.verdicts, ...unnamed].flatMap(
    (verdict) => stepOf(known.get(nameOf(verdict)) ?? null, verdict, moment) ?? [],
  );
}

const nameOf = ({ code, subject }: Pick<Verdict, 'code' | 'subject'>): string => `${code} ${subject}`;

/** One alert's step. @returns `null`: it stays as it is, text and all */
export function stepOf(alert: OpenAlert | null, verdict: Verdict, moment: Moment): AlertChange | null {
  const was = standingOf(alert);
  // A clock that was set back tells no time before what it told already.
  const at = latest(moment.at, alert?.since, alert?.fired_at, alert?.right_since);
  const { to, tells } = TABLE[was][sightOf(alert, verdict.is, { ...moment, at })];
  if (to === 'none' && was === 'none') return null;
  const says = 'says' in verdict ? verdict.says : alert;
  if (says === null) return null;
  const change: AlertChange = {
    alert_id: alert?.alert_id ?? null,
    revision: alert?.revision ?? null,
    code: verdict.code,
    subject: verdict.subject,
    severity: says.severity,
    message: says.message,
    advice: says.advice,
    value: says.value,
    state: stateOf(to, tells),
    since: alert?.since ?? at,
    fired_at: alert?.fired_at ?? (tells === 'firing' ? at : null),
    resolved_at: tells === 'resolved' ? at : null,
    right_since: to === 'recovering' ? (alert?.right_since ?? at) : null,
    notices: tells === 'firing' ? moment.sinks.map((sink) => ({ sink, told: false })) : [],
  };
  return alert !== null && to === was && sameText(alert, change) ? null : change;
}

/** How it stands, of one that is not over. */
export function standingOf(alert: Known | null): Standing {
  if (alert === null) return 'none';
  if (alert.fired_at === null) return 'pending';
  return alert.right_since === null ? 'firing' : 'recovering';
}

function sightOf(alert: Known | null, is: Verdict['is'], { at, after_ms, resolve_ms }: Moment): Sight {
  const forSoLong = (since: string | null | undefined) => Date.parse(at) - Date.parse(since ?? at);
  switch (is) {
    case 'wrong':
      return forSoLong(alert?.since) >= after_ms ? 'wrong_long' : 'wrong';
    case 'right':
      return forSoLong(alert?.right_since) >= resolve_ms ? 'right_long' : 'right';
    default:
      return is;
  }
}

function stateOf(to: Standing, tells: 'firing' | 'resolved' | undefined): AlertChange['state'] {
  if (to === 'none') return tells === 'resolved' ? 'resolved' : 'gone';
  return to === 'pending' ? 'pending' : 'firing';
}

const latest = (at: string, ...others: readonly (string | null | undefined)[]): string =>
  others.reduce<string>((last, other) => (other != null && Date.parse(other) > Date.parse(last) ? other : last), at);

const sameText = (alert: OpenAlert, change: AlertChange): boolean =>
  alert.severity === change.severity &&
  alert.message === change.message &&
  alert.advice === change.advice &&
  alert.value === change.value;
