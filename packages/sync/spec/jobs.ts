/**
 * What a worker does with a job, and a queue with its system. `packages/queue/test/job-table.test.ts` runs each cell, the
 * jobs on a real queue.
 */
import { type Impossible, impossible } from './words.ts';

/** What a job meets. Of errors the class decides. */
export type Meets =
  | 'nothing'
  | 'transient'
  | 'unforeseen'
  | 'permanent'
  | 'throttled'
  | 'outage'
  | 'stopped'
  | 'malformed';

export const MEETS: Readonly<Record<Meets, string>> = {
  nothing: 'no error',
  transient: 'a TransientError',
  unforeseen: 'an error that nobody foresaw',
  permanent: 'a PermanentError',
  throttled: 'a ThrottledError',
  outage: 'an OutageError',
  stopped: 'its worker closes, and its time is up',
  malformed: 'data that its queue does not carry',
};

export type JobShape = 'one' | 'several';

export const JOB_SHAPES: Readonly<Record<JobShape, string>> = { one: 'one key', several: 'several keys' };

export type Attempt = 'first' | 'second' | 'last';

export const ATTEMPTS_TOLD: Readonly<Record<Attempt, string>> = {
  first: 'first attempt',
  second: 'second',
  last: 'last (eighth)',
};

export interface JobCell {
  /**
   * `again`: after a backoff, an attempt spent. `waits`: until its queue goes on, no attempt spent. `back`: to another
   * worker at once, no attempt spent. `split`: a job for each key, each with all its attempts. `failed`: in the failed
   * set, which the sweeper makes a dead letter.
   */
  readonly job: 'done' | 'again' | 'waits' | 'back' | 'split' | 'failed';
  /** What the queue does then. */
  readonly queue: 'flows' | 'throttled' | 'outage';
  /** The code in the failed set: the error's own, or this. */
  readonly code?: 'JOB_MALFORMED' | 'UNEXPECTED_ERROR';
}

const done: JobCell = { job: 'done', queue: 'flows' };
const again: JobCell = { job: 'again', queue: 'flows' };
const split: JobCell = { job: 'split', queue: 'flows' };
const failed: JobCell = { job: 'failed', queue: 'flows' };
const back: JobCell = { job: 'back', queue: 'flows' };
const throttled: JobCell = { job: 'waits', queue: 'throttled' };
const outage: JobCell = { job: 'waits', queue: 'outage' };
const unexpected: JobCell = { ...failed, code: 'UNEXPECTED_ERROR' };
const malformed: JobCell = { ...failed, code: 'JOB_MALFORMED' };

const WAS_SPLIT = impossible('it was split at the second');
const FAILED_BEFORE = impossible('it failed at the first');

const always = (cell: JobCell) => ({
  one: { first: cell, second: cell, last: cell },
  several: { first: cell, second: cell, last: WAS_SPLIT },
});

export const JOBS: Readonly<
  Record<Meets, Readonly<Record<JobShape, Readonly<Record<Attempt, JobCell | Impossible>>>>>
> = {
  nothing: always(done),
  transient: {
    one: { first: again, second: again, last: failed },
    several: { first: again, second: split, last: WAS_SPLIT },
  },
  unforeseen: {
    one: { first: again, second: again, last: unexpected },
    several: { first: again, second: split, last: WAS_SPLIT },
  },
  permanent: {
    one: { first: failed, second: failed, last: failed },
    several: { first: split, second: split, last: WAS_SPLIT },
  },
  throttled: always(throttled),
  outage: always(outage),
  stopped: always(back),
  malformed: {
    one: { first: malformed, second: FAILED_BEFORE, last: FAILED_BEFORE },
    several: { first: malformed, second: FAILED_BEFORE, last: FAILED_BEFORE },
  },
};

/** When a queue may run: `src/flow.ts` of the queue package. */
export type Phase = 'flowing' | 'throttled' | 'outage';

export const PHASES: Readonly<Record<Phase, string>> = {
  flowing: 'flowing: all its jobs at once',
  throttled: 'throttled: none until the time it was asked to wait for',
  outage: 'outage: none until the next probe, then one',
};

/** What a job brings back from the system. `late`: it was begun before the queue last stopped. */
export type FlowEvent = 'answer' | 'answer_late' | 'asked_to_wait' | 'asked_to_wait_late' | 'outage' | 'outage_late';

export const FLOW_EVENTS: Readonly<Record<FlowEvent, string>> = {
  answer: 'an answer, be it a refusal',
  answer_late: 'the same, begun before the stop',
  asked_to_wait: 'it is asked to wait',
  asked_to_wait_late: 'the same, begun before the stop',
  outage: 'an outage',
  outage_late: 'the same, begun before the stop',
};

export interface FlowCell {
  readonly to: Phase;
  /** How long it waits: anew, or until the later of the old and the new time. */
  readonly wait: 'none' | 'as before' | 'anew' | 'the later';
  /** Of an outage: how many probes count as failed; each doubles the wait. */
  readonly failures?: 'first' | 'one more' | 'as before';
}

const flows: FlowCell = { to: 'flowing', wait: 'none' };
const waits: FlowCell = { to: 'throttled', wait: 'anew' };
const waitsOn: FlowCell = { to: 'throttled', wait: 'the later' };
const down: FlowCell = { to: 'outage', wait: 'anew', failures: 'first' };
const stillDown: FlowCell = { to: 'outage', wait: 'as before', failures: 'as before' };

export const FLOW: Readonly<Record<FlowEvent, Readonly<Record<Phase, FlowCell>>>> = {
  answer: { flowing: flows, throttled: flows, outage: flows },
  answer_late: { flowing: flows, throttled: { to: 'throttled', wait: 'as before' }, outage: stillDown },
  asked_to_wait: { flowing: waits, throttled: waitsOn, outage: waits },
  asked_to_wait_late: { flowing: waits, throttled: waitsOn, outage: { ...stillDown, wait: 'the later' } },
  outage: { flowing: down, throttled: down, outage: { ...down, failures: 'one more' } },
  outage_late: { flowing: down, throttled: down, outage: stillDown },
};
