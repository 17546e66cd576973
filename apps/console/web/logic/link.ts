/** The stream of events: not tried yet, open, or lost. */
export type Link = 'connecting' | 'open' | 'lost';
/** What is said of it. */
export type LinkState = 'live' | 'polling' | 'reconnecting' | 'stale';

/** So long, in milliseconds, what the server said last counts as how things are. */
export const FRESH_MS = 30_000;

/**
 * How sure what is shown is. `confirmed` is when the server said so last: an open stream that has long brought nothing, and
 * a server that does not answer when asked, are not live.
 */
export function stateOf(link: Link, confirmed: number | null, failing: boolean, now: number): LinkState {
  const fresh = confirmed !== null && now - confirmed < FRESH_MS;
  if (link === 'open' && fresh) return 'live';
  if (!fresh) return confirmed === null && !failing ? 'reconnecting' : 'stale';
  return failing || link === 'connecting' ? 'reconnecting' : 'polling';
}
