import type { Answer } from '@contact-sync/api';
import { SYSTEM_NAMES, type System } from './words.ts';

/** Something that runs again and again. */
export type Schedule = Answer<'schedules'>['items'][number];

/** What a schedule does, as people call it. */
export function workOf(name: Schedule['name']): string {
  const [, verb = '', system = ''] = /^(poll|compare|drift)-(\w+)$/.exec(name) ?? [];
  const where = system === 'local' ? 'the local database' : (SYSTEM_NAMES[system as System] ?? system);
  if (verb === 'poll') return `Ask ${where} for edits that nobody told of`;
  if (verb === 'compare') return `Look what was removed from ${where}`;
  if (verb === 'drift') return `Look for drift in ${where}`;
  return OTHERS[name] ?? name;
}

const OTHERS: Readonly<Record<string, string>> = {
  sync: 'Take over and send whatever is left, everywhere',
  sweep: 'Find what the queues forgot',
  alerts: 'Look at everything, and tell people',
  retention: 'Forget what is old and not needed any more',
};

/** How long the last run that ended took, in milliseconds; `null`: none has, or the next is under way. */
export function tookOf({ last_began_at, last_ended_at }: Schedule): number | null {
  if (last_began_at === null || last_ended_at === null) return null;
  const took = Date.parse(last_ended_at) - Date.parse(last_began_at);
  return took < 0 ? null : took;
}
