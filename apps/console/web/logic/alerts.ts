import type { Answer } from '@contact-sync/api';
import { SYSTEM_NAMES, type System } from './words.ts';

/** Something that is wrong, or was. */
export type Alert = Answer<'alerts'>['items'][number];

/** Kinds of alerts as people call them. */
export const ALERT_NAMES: Readonly<Record<Alert['code'], string>> = {
  SYNC_FAILING: 'Sync fails',
  CONFLICT_OPEN: 'Conflicts open',
  DRIFT_HIGH: 'Drift is high',
  LATENCY_HIGH: 'Edits take long',
  STALLED: 'Sync stands still',
  ECHO_STORM: 'Echo storm',
  CLOCK_SKEW: 'Clock is off',
  QUEUE_NOT_DURABLE: 'Queues may lose jobs',
  DEAD_LETTERS_OPEN: 'Dead letters open',
  LEDGER_DOWN: 'Ledger is away',
  QUEUES_DOWN: 'Queues are away',
  NO_WORKER: 'No worker runs',
};

/** What an alert is about, as people call it. */
export function aboutOf(subject: string): string {
  if (subject === 'hub') return 'the hub';
  const [, kind = '', name = ''] = /^(\w+):(.+)$/.exec(subject) ?? [];
  if (kind === 'system') return SYSTEM_NAMES[name as System] ?? name;
  return kind === '' ? subject : `${kind} ${name}`;
}

/** What an alert asks of people now. */
export const urgencyOf = ({ state, severity }: Alert): number =>
  state === 'firing' ? (severity === 'critical' ? 0 : 1) : state === 'pending' ? 2 : 3;

/** Those that people were told of first, the worst of them before the others, what began last before what is old. */
export const inOrder = (alerts: readonly Alert[]): readonly Alert[] =>
  alerts.toSorted((a, b) => urgencyOf(a) - urgencyOf(b) || Date.parse(b.since) - Date.parse(a.since));

/** Until when nothing is sent about it; `null`: whatever happens is told. */
export const silentUntil = ({ silenced_until }: Alert, now: number): string | null =>
  silenced_until !== null && Date.parse(silenced_until) > now ? silenced_until : null;

/** Where one does something about it; `null` where there is no such place. */
export function remedyOf({ code, subject }: Alert): { readonly to: string; readonly label: string } | null {
  const [, kind = '', name = ''] = /^(system|contact):(.+)$/.exec(subject) ?? [];
  if (code === 'CONFLICT_OPEN') return { to: '/conflicts', label: 'Conflicts' };
  if (code === 'DEAD_LETTERS_OPEN')
    return { to: kind === 'system' ? `/dead-letters?system=${name}` : '/dead-letters', label: 'Dead letters' };
  if (kind === 'contact') return { to: `/contacts/${encodeURIComponent(name)}?tab=timeline`, label: 'Its timeline' };
  return code === 'LEDGER_DOWN' || code === 'QUEUES_DOWN' ? null : { to: '/health', label: 'Health' };
}
