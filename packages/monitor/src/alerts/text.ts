/** An alert in words, for every sink: what, since when, what to do, how to say that one has it in hand. */
import type { Alert } from '@contact-sync/sync';
import { type Telling, UNKEPT } from './sink.ts';
import { lasting } from './words.ts';

/** What is told, in parts that each sink lays out in its own way. */
export interface Told {
  /** One line: `Firing: SYNC_FAILING system:twenty`. */
  readonly title: string;
  readonly message: string;
  /** Name and value, in order. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What to do; `null` once it is over. */
  readonly advice: string | null;
  /** A command; `null` once it is over. */
  readonly acknowledge: string | null;
}

const TITLES = { firing: 'Firing', resolved: 'Resolved' } as const;

/** Ids, codes and counts: nothing personal. */
export function toldOf({ event, alert }: Telling): Told {
  const { alert_id, code, subject, severity, since, resolved_at, value } = alert;
  const over = event === 'resolved';
  // While the ledger is away there is none to name, nor to acknowledge.
  const isKept = alert_id !== UNKEPT;
  return {
    title: `${TITLES[event]}: ${code} ${subject}`,
    message: over ? `It is over. It was: ${alert.message}` : alert.message,
    facts: [
      ...(isKept ? [['Alert', alert_id] as const] : []),
      ['Severity', severity],
      ['Since', instantOf(since)],
      ...(value === null ? [] : [['Value', String(Number(value.toPrecision(6)))] as const]),
      ...(over && resolved_at !== null
        ? ([
            ['Over since', instantOf(resolved_at)],
            ['Lasted', lastedOf(alert)],
          ] as const)
        : []),
    ],
    advice: over ? null : alert.advice,
    acknowledge: over || !isKept ? null : `contact-sync alerts ack ${alert_id}`,
  };
}

/** For how long it was wrong, or has been until it was told. */
export const lastedOf = ({ since, resolved_at }: Alert): string =>
  lasting(Date.parse(resolved_at ?? since) - Date.parse(since));

/** To the second, in UTC: microseconds and offsets are of no use to people. */
const instantOf = (instant: string): string => `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
