import type { Answer } from '@contact-sync/api';
import { Badge } from '@mantine/core';
import { counted } from '../logic/words.ts';

/** Something that somebody did. */
export type Action = Answer<'actions'>['items'][number];

const VERBS: Readonly<Record<Action['kind'], string>> = {
  replay: 'replayed',
  discard: 'discarded',
  resolve: 'decided',
  restore: 'restored',
  import: 'imported',
  sync: 'synced',
  drift: 'looked for drift',
  acknowledge: 'acknowledged',
  silence: 'silenced',
  pause: 'paused',
  resume: 'resumed',
  run: 'ran',
};
const VIA: Readonly<Record<Action['via'], string>> = {
  api: 'through the API',
  console: 'in the console',
  cli: 'at the command line',
  program: 'by a program',
};

/** Who did what, in a sentence. */
export function ActionSentence({ action }: { action: Action }) {
  const { kind, by, via, subjects, reason, ended_at, outcome } = action;
  const what = whatOf(kind, subjects);
  return (
    <>
      <bdi>{by}</bdi> {VERBS[kind]} {what} {VIA[via]}
      {reason === null ? null : (
        <>
          : <bdi>{reason}</bdi>
        </>
      )}
      {ended_at === null ? (
        <>
          {' '}
          <Badge color="yellow">Under way, or cut off</Badge>
        </>
      ) : outcome === 'failed' ? (
        <>
          {' '}
          <Badge color="red">Failed</Badge>
        </>
      ) : null}
    </>
  );
}

function whatOf(kind: Action['kind'], subjects: readonly string[]): string {
  const letters = subjects.filter((subject) => subject.startsWith('dead-letter:')).length;
  if (kind === 'replay' || kind === 'discard') return letters === 0 ? 'dead letters' : counted(letters, 'dead letter');
  if (kind === 'resolve') return 'a conflict';
  if (kind === 'acknowledge' || kind === 'silence') return 'an alert';
  if (kind === 'pause' || kind === 'resume' || kind === 'run') return `the schedule ${namesOf(subjects, 'schedule')}`;
  if (kind === 'drift') return `in ${namesOf(subjects, 'system')}`;
  const contacts = subjects.filter((subject) => subject.startsWith('contact:')).length;
  return contacts === 1
    ? kind === 'restore'
      ? 'a version of the contact'
      : 'the contact'
    : counted(contacts, 'contact');
}

const namesOf = (subjects: readonly string[], kind: string): string =>
  subjects.map((subject) => subject.replace(`${kind}:`, '')).join(', ');
