/**
 * When a queue may run, as a pure state machine. One per queue and worker process. `epoch` grows whenever the queue is
 * stopped: only a job that was begun after that says anything about the system as it is now. The others were under way
 * when it went down, and neither prove that it is back nor that it is down for longer.
 */
export type Flow =
  | { readonly phase: 'flowing'; readonly epoch: number }
  | { readonly phase: 'throttled'; readonly epoch: number; readonly code: string; readonly until: number }
  | {
      readonly phase: 'outage';
      readonly epoch: number;
      readonly code: string;
      /** Milliseconds since the Unix epoch: the next probe. */
      readonly until: number;
      /** Probes that failed, the failure that opened the outage included. */
      readonly failures: number;
    };

/** Exponential, from `base_ms`, never above `cap_ms`; both milliseconds. */
export interface Backoff {
  readonly base_ms: number;
  readonly cap_ms: number;
}

/**
 * Between the attempts of a job where nothing else is asked for: half a second at first, a minute at most. Anything up
 * to that, by chance.
 */
export const RETRY: Backoff = { base_ms: 500, cap_ms: 60_000 };
/**
 * Between the probes of a system that is down where nothing else is asked for: a quarter of a second at first, 30
 * seconds at most. Half of that at least, the rest by chance.
 */
export const OUTAGE: Backoff = { base_ms: 250, cap_ms: 30_000 };

/** A system that asks for more is asked again after this. */
export const MAX_THROTTLE_MS = 60 * 60 * 1000;

export const FLOWING: Flow = { phase: 'flowing', epoch: 0 };

const ceiling = (backoff: Backoff, times: number): number =>
  Math.min(backoff.cap_ms, backoff.base_ms * 2 ** Math.max(0, times - 1));

/**
 * Milliseconds before a failed job's next attempt, full jitter: anything up to the ceiling.
 * @param attempts made so far, 1 or more
 * @param random uniform in [0, 1)
 */
export const retryDelay = (backoff: Backoff, attempts: number, random: number): number =>
  Math.round(ceiling(backoff, attempts) * random);

/** Milliseconds before the next probe: half of the ceiling is certain, so that a system that is down has its peace. */
export const probeDelay = (backoff: Backoff, failures: number, random: number): number =>
  Math.round(Math.max(backoff.base_ms, ceiling(backoff, failures) * (0.5 + random / 2)));

/**
 * A job met an outage.
 * @param begun the epoch at which the job was begun
 */
export function outage(
  flow: Flow,
  begun: number,
  code: string,
  backoff: Backoff,
  ambient: { readonly now: number; readonly random: number },
): Flow {
  if (flow.phase === 'outage' && begun !== flow.epoch) return flow;
  const failures = flow.phase === 'outage' ? flow.failures + 1 : 1;
  const until = ambient.now + probeDelay(backoff, failures, ambient.random);
  return { phase: 'outage', epoch: flow.epoch + 1, code, until, failures };
}

/** A job was asked to wait. A system that asks is not down. */
export function throttled(flow: Flow, begun: number, code: string, retryAfterMs: number, now: number): Flow {
  // NaN and negative numbers from a broken header count as "soon".
  const wait = Math.min(Math.max(1, Math.ceil(retryAfterMs) || 1), MAX_THROTTLE_MS);
  if (flow.phase === 'outage' && begun !== flow.epoch) return { ...flow, until: Math.max(flow.until, now + wait) };
  const until = flow.phase === 'throttled' ? Math.max(flow.until, now + wait) : now + wait;
  return { phase: 'throttled', epoch: flow.epoch + 1, code, until };
}

/** A job got an answer from the system, be it a refusal. */
export function answered(flow: Flow, begun: number): Flow {
  return flow.phase === 'flowing' || begun !== flow.epoch ? flow : { phase: 'flowing', epoch: flow.epoch };
}

/** How many jobs may run at once: during an outage one, the probe. */
export const concurrencyOf = (flow: Flow, full: number): number => (flow.phase === 'outage' ? 1 : full);
