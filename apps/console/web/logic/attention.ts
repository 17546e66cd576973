import type { Answer } from '@contact-sync/api';
import { ALERT_NAMES, aboutOf, inOrder } from './alerts.ts';

/** What needs a person. */
export type Attention = Answer<'overview'>['attention'][number];

/** Where in the console one does something about it; `null` where there is no such place. */
export function placeFor({ code, system }: Attention): { readonly to: string; readonly label: string } | null {
  if (code.startsWith('DEAD_LETTER')) {
    return {
      to: system === null ? '/dead-letters' : `/dead-letters?system=${system}`,
      label: system === null ? 'Dead letters' : 'Its dead letters',
    };
  }
  if (code.startsWith('CONFLICT')) return { to: '/conflicts', label: 'Conflicts' };
  if (code.includes('PENDING')) return { to: '/contacts?state=pending', label: 'Contacts on their way' };
  return null;
}

/** The one line that a person woken at night reads. */
export function verdictOf(
  overview: Answer<'overview'> | undefined,
  sure: boolean,
): { readonly words: string; readonly severity: 'well' | 'warning' | 'critical' | 'unknown' } {
  if (overview === undefined) return { words: 'Nothing is known yet', severity: 'unknown' };
  if (!sure) return { words: 'The server does not answer: this is how things were', severity: 'critical' };
  const [worst, ...others] = overview.attention;
  const [alert] = inOrder(overview.alerts ?? []);
  // Whatever people were told of is not well, though nothing of it can be seen at this moment.
  if (alert && (worst === undefined || (alert.severity === 'critical' && worst.severity === 'warning')))
    return { words: `${ALERT_NAMES[alert.code]}: ${aboutOf(alert.subject)}`, severity: alert.severity };
  if (worst) {
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    return { words: `${worst.message.replace(/\.$/, '')}${more}`, severity: worst.severity };
  }
  if (overview.status === 'ready') return { words: 'All is well', severity: 'well' };
  return {
    words: overview.status === 'degraded' ? 'Something is degraded' : 'The hub is unavailable',
    severity: overview.status === 'degraded' ? 'warning' : 'critical',
  };
}
