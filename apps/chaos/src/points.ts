/** Where a hub's process may die or be stopped: each is a place between two effects that the outside world sees. */
export const POINTS = [
  'after-receive',
  'before-ack',
  'after-ack',
  'after-decide',
  'after-commit',
  'before-append',
  'after-append',
  'before-enqueue',
  'after-enqueue',
  'before-apply',
  'after-apply',
  'before-receipt',
  'after-receipt',
  'before-bury',
  'after-bury',
  'before-show-letter',
  'after-show-letter',
  'before-close-letter',
  'after-close-letter',
] as const;
export type Point = (typeof POINTS)[number];

/** What a process is told to do to itself when it passes a point for the nth time. */
export interface Arm {
  readonly point: Point;
  readonly nth: number;
  readonly deed: 'kill' | 'stop';
}

/** Points that every worker passes all the time. */
export const WORKER_POINTS = POINTS.filter((point) => !/bury|letter/.test(point));
/** Points that are passed only when something is dead-lettered: armed until they fired once. */
export const LETTER_POINTS = POINTS.filter((point) => /bury|show-letter/.test(point));
export const SERVER_POINTS = [
  'after-receive',
  'before-enqueue',
  'after-enqueue',
  'before-ack',
  'after-ack',
] as const satisfies readonly Point[];
/** While a person decides a conflict. */
export const RESOLVING_POINTS = [
  'after-decide',
  'after-commit',
  'before-append',
  'after-append',
  'before-enqueue',
  'after-enqueue',
] as const satisfies readonly Point[];
/** While a person replays dead letters. */
export const REPLAYING_POINTS = [
  'after-decide',
  'after-commit',
  'before-close-letter',
  'after-close-letter',
] as const satisfies readonly Point[];
/** While a program of somebody's own syncs everything, with the services and without any queue. */
export const SYNCING_POINTS = [
  'after-commit',
  'after-append',
  'before-apply',
  'after-apply',
  'before-receipt',
] as const satisfies readonly Point[];
/** Where a worker that stops and wakes up later is a zombie that writes. */
export const ZOMBIE_POINTS = [
  'after-decide',
  'before-append',
  'before-apply',
  'before-receipt',
] as const satisfies readonly Point[];
