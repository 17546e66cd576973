import { MAX_CONTENT_BYTES } from '@contact-sync/contact';

/**
 * The largest row or card that is read, in bytes: eight times the largest content (2 MiB). However much of it has to be
 * escaped, nothing that is written is larger; what is larger is refused and skipped, and never in memory as a whole.
 * Photos and other properties that no contact has are not counted.
 */
export const MAX_RECORD_BYTES = 8 * MAX_CONTENT_BYTES;

/** More problems than these of one record help nobody. */
export const MAX_PROBLEMS = 20;

/** So many names of what was left out are told, and of each so many UTF-16 code units; all others are one: `*`. */
export const MAX_NAMES = 100;

/** Where the value of a property has not begun by then, it is none. ical.js takes the square of the parameters' length. */
export const MAX_HEAD = 4_096;
