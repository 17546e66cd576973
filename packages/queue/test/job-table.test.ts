/** Each cell of the tables of jobs and of flow: the jobs by real workers on a real queue. */
import {
  type FailedJob,
  type Handlers,
  OutageError,
  PermanentError,
  ThrottledError,
  TransientError,
} from '@contact-sync/sync';
import { afterAll, describe, expect, test } from 'vitest';
// The tables are no part of what the package offers to programs.
import {
  ATTEMPTS_TOLD,
  type Attempt,
  FLOW,
  FLOW_EVENTS,
  type FlowCell,
  type FlowEvent,
  JOB_SHAPES,
  JOBS,
  type JobCell,
  type JobShape,
  MEETS,
  type Meets,
  PHASES,
  type Phase,
} from '../../sync/spec/jobs.ts';
import { isImpossible, keysOf } from '../../sync/spec/words.ts';
import { answered, FLOWING, type Flow, OUTAGE, outage, throttled } from '../src/flow.ts';
import { ATTEMPTS } from '../src/index.ts';
import { salvageJob } from '../src/jobs.ts';
import { findPlaces, ids, openRig, type Place, until } from './rig.ts';

const places = await findPlaces();
afterAll(() => Promise.all(places.map((place) => place.close())));

const QUEUE = 'ingest';
const number: Readonly<Record<Attempt, number>> = { first: 1, second: 2, last: ATTEMPTS };

const errors: Readonly<Record<Exclude<Meets, 'nothing' | 'stopped' | 'malformed'>, () => Error>> = {
  transient: () => new TransientError('CONNECTION_LOST', 'the connection dropped'),
  unforeseen: () => new Error('Ada Lovelace'),
  permanent: () => new PermanentError('NOT_TAKEN', 'is not taken', { advice: 'Mend the record.' }),
  throttled: () => new ThrottledError('SLOW_DOWN', 'slow down', 5),
  outage: () => new OutageError('SYSTEM_DOWN', 'the system does not answer'),
};

interface Case {
  readonly meets: Meets;
  readonly cell: JobCell;
  /** The attempt that meets it. */
  readonly attempt: number;
  readonly keys: readonly string[];
  readonly sentence: string;
}

/** What was seen of one job, and of those that it was split into. */
interface Seen {
  readonly calls: readonly (readonly string[])[];
  readonly failed: readonly FailedJob[];
  /** The attempts of each job that is done. */
  readonly attempts: readonly number[];
}

interface Played {
  of(one: Case): Seen;
  /** When the queue stopped, by the code, and went on. */
  readonly stops: ReadonlySet<string>;
}

/** Plays cases at once: each job fails until its attempt, then meets what it is to meet, and nothing from then on. */
async function play(place: Place, cases: readonly Case[]): Promise<Played> {
  const rig = await openRig(place);
  const calls = new Map(cases.map((one) => [one, [] as (readonly string[])[]]));
  const caseOf = (key: string | undefined) => cases.find(({ keys }) => key !== undefined && keys.includes(key));
  const stopping = cases.filter(({ meets }) => meets === 'stopped');
  let running = 0;
  const handlers: Pick<Handlers, 'ingest'> = {
    ingest: async ({ record_ids }, signal) => {
      const one = caseOf(record_ids[0]);
      if (one === undefined) throw new Error('a job of no case');
      const made = calls.get(one)?.push(record_ids) ?? 0;
      if (made < one.attempt) throw errors.transient();
      if (made > one.attempt || one.meets === 'nothing' || one.meets === 'malformed') return;
      if (one.meets !== 'stopped') throw errors[one.meets]();
      running += 1;
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  };
  for (const { meets, keys } of cases)
    if (meets === 'malformed')
      await rig.queues.bull(QUEUE).add('ingest', { system: 'local', record_ids: [...keys, 7] }, { attempts: ATTEMPTS });
    else await rig.queues.ingest('local', keys);
  // No lock is lost, however slow the machine is, and one job runs at a time: BullMQ on Postgres at times gives a job whose
  // delay is over to two at once. That does no harm, but would be seen as one call too many.
  const options = {
    drain_ms: 1,
    abort_ms: 5_000,
    lock_ms: 60_000,
    stalled_every_ms: 30_000,
    concurrency: { [QUEUE]: Math.max(1, stopping.length) },
  };
  const workers = await rig.work(handlers, options);
  if (stopping.length > 0) {
    await until(() => running === stopping.length, 'the jobs to run');
    await workers.close();
    expect((await rig.queues.counts())[QUEUE]).toMatchObject({ waiting: stopping.length, delayed: 0, failed: 0 });
    await rig.work(handlers, options);
  }
  // The counts are not taken at one moment, and a job may pass between them: so what should end is waited for as well.
  const expected = cases.reduce((sum, { cell, keys }) => sum + (cell.job === 'split' ? keys.length + 1 : 1), 0);
  const ended = async () => {
    const { waiting, active, delayed, failed: given } = (await rig.queues.counts())[QUEUE];
    const done = await rig.queues.bull(QUEUE).getJobCountByTypes('completed');
    return waiting + active + delayed === 0 && done + given >= expected;
  };
  await until(ended, 'the end of the jobs and of what came of them', 20_000);
  const failed = await rig.queues.failed(QUEUE, 100);
  const completed = await rig.queues.bull(QUEUE).getJobs(['completed']);
  if (failed.length > 0) await until(() => rig.events.some(({ event }) => event === 'failed'), 'the observer');
  return {
    of: (one) => ({
      calls: calls.get(one) ?? [],
      failed: failed.filter(({ job }) => caseOf(ids(job)[0]) === one),
      attempts: completed
        .filter(({ data }) => caseOf(ids(salvageJob(QUEUE, data))[0]) === one)
        .map(({ attemptsMade }) => attemptsMade),
    }),
    stops: new Set(rig.events.flatMap(({ event, code }) => (event === 'failed' ? [] : [code ?? event]))),
  };
}

function check({ meets, cell, attempt, keys }: Case, { calls, failed, attempts }: Seen): void {
  const made = meets === 'malformed' ? 0 : attempt;
  const after = calls.slice(made);
  // Every call before, and the one that met it, was for all the keys.
  for (const call of calls.slice(0, made)) expect(call).toEqual(keys);
  switch (cell.job) {
    case 'done':
      expect(after).toEqual([]);
      break;
    case 'again':
    case 'waits':
    case 'back':
      expect(after).toEqual([keys]);
      break;
    case 'split':
      expect(after.toSorted()).toEqual(keys.map((key) => [key]));
      break;
    case 'failed':
      expect(after).toEqual([]);
      expect(failed.map(({ code }) => code)).toEqual([
        cell.code ?? (meets === 'permanent' ? 'NOT_TAKEN' : 'CONNECTION_LOST'),
      ]);
      return;
  }
  expect(failed).toEqual([]);
  expect(attempts).toHaveLength(cell.job === 'split' ? keys.length + 1 : 1);
  // Waiting and going back spend none: what is done at last has made as many attempts as failed, and one.
  expect(Math.max(...attempts)).toBe(cell.job === 'again' ? made + 1 : made);
}

const STOPS: Readonly<Record<JobCell['queue'], readonly string[]>> = {
  flows: [],
  throttled: ['SLOW_DOWN', 'flowing'],
  outage: ['SYSTEM_DOWN', 'flowing'],
};

describe.each(places)('on $kind', (place) => {
  const cases: Case[] = [];
  for (const meets of keysOf(MEETS))
    for (const shape of keysOf(JOB_SHAPES))
      for (const told of keysOf(ATTEMPTS_TOLD)) {
        const cell = JOBS[meets][shape][told];
        const sentence = `a job of ${JOB_SHAPES[shape]} that meets, at its ${ATTEMPTS_TOLD[told]}, ${MEETS[meets]}`;
        if (isImpossible(cell))
          test(`${sentence}, cannot be: ${cell.impossible}`, () => endsBefore(meets, shape, told));
        else {
          const keys = (shape === 'one' ? [1] : [1, 2, 3]).map((key) => `${meets}-${shape}-${told}-${key}`);
          cases.push({ meets, cell, attempt: number[told], keys, sentence });
        }
      }
  // What stops its queue, or ends its worker, is played by itself.
  for (const [group, some] of Map.groupBy(cases, ({ meets, cell }) => (meets === 'stopped' ? meets : cell.queue))) {
    let played: Promise<Played> | undefined;
    for (const one of some)
      test(`${one.sentence}, is: ${one.cell.job}`, async () => {
        played ??= play(place, some);
        const { of, stops } = await played;
        check(one, of(one));
        expect(stops).toEqual(new Set(group === 'stopped' ? [] : STOPS[group]));
      });
  }
});

/** The cells of earlier attempts end the job. */
function endsBefore(meets: Meets, shape: JobShape, told: Attempt): void {
  const earlier = keysOf(ATTEMPTS_TOLD).filter((one) => number[one] < number[told]);
  const cells = [meets, 'transient' as const].flatMap((one) => earlier.map((attempt) => JOBS[one][shape][attempt]));
  expect(cells.some((cell) => !isImpossible(cell) && (cell.job === 'split' || cell.job === 'failed'))).toBe(true);
}

describe('the flow of a queue', () => {
  const BACKOFF = OUTAGE;
  const NOW = 1_000_000;
  const SOONER = 10;
  const fail = (flow: Flow, begun: number, now = NOW) =>
    outage(flow, begun, 'SYSTEM_DOWN', BACKOFF, { now, random: 0.5 });
  const phases: Readonly<Record<Phase, Flow>> = {
    // It stopped before, and goes on: there may be jobs that were begun before the stop.
    flowing: answered(fail(FLOWING, 0), 1),
    throttled: throttled(FLOWING, 0, 'SLOW_DOWN', 500, NOW),
    outage: fail(FLOWING, 0),
  };
  const meet: Readonly<Record<FlowEvent, (flow: Flow) => Flow>> = {
    answer: (flow) => answered(flow, flow.epoch),
    answer_late: (flow) => answered(flow, flow.epoch - 1),
    asked_to_wait: (flow) => throttled(flow, flow.epoch, 'SLOW_DOWN', SOONER, NOW),
    asked_to_wait_late: (flow) => throttled(flow, flow.epoch - 1, 'SLOW_DOWN', SOONER, NOW),
    outage: (flow) => fail(flow, flow.epoch, NOW + 1),
    outage_late: (flow) => fail(flow, flow.epoch - 1, NOW + 1),
  };
  const untilOf = (flow: Flow): number => (flow.phase === 'flowing' ? 0 : flow.until);
  const failuresOf = (flow: Flow): number => (flow.phase === 'outage' ? flow.failures : 0);

  describe.each(keysOf(PHASES))('that is %s', (phase) => {
    test.each(keysOf(FLOW_EVENTS))('and meets: %s', (event) => {
      const before = phases[phase];
      const after = meet[event](before);
      const cell: FlowCell = FLOW[event][phase];
      expect(before.phase).toBe(phase);
      expect(after.phase).toBe(cell.to);
      const late = event.endsWith('_late');
      switch (cell.wait) {
        case 'none':
          expect(untilOf(after)).toBe(0);
          break;
        case 'as before':
          expect(after).toBe(before);
          break;
        case 'the later':
          expect(untilOf(after)).toBe(Math.max(untilOf(before), NOW + SOONER));
          break;
        case 'anew':
          expect(untilOf(after)).toBeGreaterThan(NOW);
          expect(untilOf(after)).not.toBe(untilOf(before));
          expect(after.epoch).toBe(before.epoch + 1);
      }
      const failures = { first: 1, 'one more': failuresOf(before) + 1, 'as before': failuresOf(before) };
      expect(failuresOf(after)).toBe(cell.failures === undefined ? 0 : failures[cell.failures]);
      // What was under way before the stop neither ends it nor makes it longer than it was asked for.
      if (late && phase === 'outage') expect(after.epoch).toBe(before.epoch);
    });
  });
});
