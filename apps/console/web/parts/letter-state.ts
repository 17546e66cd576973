import type { Answer } from '@contact-sync/api';

type Status = Answer<'deadLetter'>['letter']['status'];

/** States of a dead letter as people call them. */
export const LETTER_STATES: Readonly<Record<Status, string>> = {
  open: 'Open',
  replayed: 'Replayed',
  superseded: 'Superseded',
  discarded: 'Discarded',
};
/** Their colours; never the only sign. */
export const LETTER_COLORS: Readonly<Record<Status, string>> = {
  open: 'red',
  replayed: 'green',
  superseded: 'blue',
  discarded: 'gray',
};

/** What became of a letter in a run, as people call it. */
export const RESULTS: Readonly<Record<string, { readonly label: string; readonly color: string }>> = {
  applied: { label: 'Applied', color: 'green' },
  superseded: { label: 'Superseded: nothing to send', color: 'blue' },
  failed: { label: 'Failed again', color: 'red' },
  not_open: { label: 'Not open any more', color: 'gray' },
  discarded: { label: 'Discarded', color: 'gray' },
};
