import type { Answer } from '@contact-sync/api';
import { count, counted, percentage, type System } from './words.ts';

/** What a look at one system found. */
export type DriftReport = NonNullable<Answer<'drift'>['systems'][number]['report']>;

/** Kinds of drift as people call them. */
export const DRIFT_NAMES: Readonly<Record<keyof DriftReport['drift'], string>> = {
  stale: 'Older than believed',
  edited_outside: 'Edited behind the hub',
  lost_notification: 'Edited, and the hub was not told',
  extra: 'Not known to the hub',
  missing: 'Missing',
};
/** What of a difference is known, as people call it. */
export const EXPLAINED_NAMES: Readonly<Record<keyof DriftReport['explained'], string>> = {
  pending: 'on their way',
  in_conflict: 'in conflict',
  dead_lettered: 'in dead letters',
  discarded: 'given up',
};

/** How many records drifted. */
export const foundIn = ({ drift }: DriftReport): number => Object.values(drift).reduce((sum, many) => sum + many, 0);

/** What a look found, in a few words. */
export function foundWords(report: DriftReport): string {
  const found = foundIn(report);
  return found === 0
    ? `No drift in ${counted(report.scanned, 'record')}`
    : `${counted(found, 'record')} drifted (${percentage(report.percent)})`;
}

/** What became of what was found; `null`: nothing was to be repaired. */
export function repairWords({ repair }: DriftReport): string | null {
  if (repair === null || repair.handed + repair.not_repaired === 0) return null;
  const left =
    repair.not_repaired === 0
      ? ''
      : `, ${count(repair.not_repaired)} left as they are (${repair.codes.join(', ') || 'no reason was told'})`;
  return `${count(repair.handed)} handed to repair${left}`;
}

/** What a repair does about what is missing: systems differ in what that means. */
export const MISSING_WORDS: Readonly<Record<System, string>> = {
  bigquery: 'What is missing is appended once more.',
  supabase: 'What is missing is sent again, as a new record.',
  local: 'What is missing is sent again, as a new record.',
  twenty:
    'Twenty forgets what was removed for good: what is missing is taken for deleted, and so deleted everywhere. If it is more than a small part of all, nothing of it is, and a person has to look.',
};
