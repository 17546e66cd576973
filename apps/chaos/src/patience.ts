/** The times by which the run goes, in milliseconds. */

/** Of a job's lock; a process that is stopped for longer is a zombie when it goes on. */
export const LOCK_MS = 2_000;
export const STALLED_EVERY_MS = 1_000;
/** How long a process is stopped: beyond the lock and two looks for stalled jobs. */
export const STOPPED_MS = LOCK_MS + 2 * STALLED_EVERY_MS + 500;
/** An armed point that is not passed within this is disarmed, and armed again later. */
export const ARMED_MS = 5_000;
/** After the last fault everything has to be quiet within this (I6). */
export const QUIET_MS = 75_000;
/** After everything was told again, when the queues are idle. */
export const REPLAYED_MS = 15_000;
/** What a program that syncs everything leaves pending after this. */
export const SYNCING_MS = 8_000;
