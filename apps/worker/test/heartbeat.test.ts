import { type FaultCount, OutageError, PermanentError } from '@contact-sync/sync';
import { expect, test } from 'vitest';
import { startHeartbeat } from '../src/heartbeat.ts';
import { recordingLog } from './recording-log.ts';

const advice = 'do something';

/** A ledger that can be away, and a clock that a test turns. */
function scene() {
  const told: FaultCount[][] = [];
  const left: string[] = [];
  let away = false;
  let tick = () => {};
  const answer = async () => {
    if (away) throw new OutageError('LEDGER_UNREACHABLE', 'the ledger is away');
  };
  const { log, lines } = recordingLog();
  const heartbeat = startHeartbeat({
    health: {
      async beat(_worker, faults) {
        await answer();
        told.push([...faults]);
      },
      async leave(id) {
        await answer();
        left.push(id);
      },
    },
    ambient: {
      after(_ms, run) {
        tick = run;
        return () => {
          tick = () => {};
        };
      },
    },
    log,
    status: () => ({ waiting: {}, failing: {} }),
  });
  const settled = () => new Promise(setImmediate);
  return {
    ...{ heartbeat, told, left, lines },
    away(is: boolean) {
      away = is;
    },
    async tick() {
      await settled();
      tick();
      await settled();
    },
  };
}

test('a worker tells of itself at once, and of its faults by system and code with the next sign', async () => {
  const { heartbeat, told, tick } = scene();
  const refused = new PermanentError('TOO_LONG', 'too long', { advice });
  heartbeat.fault('twenty', refused);
  heartbeat.fault('twenty', refused);
  heartbeat.fault('twenty', new OutageError('BIGQUERY_UNREACHABLE', 'it is away'));
  heartbeat.fault('local', Object.assign(new Error('jane@example.com'), { code: 'jane@example.com' }));
  heartbeat.fault('local', Object.assign(new Error('broken'), { code: '57P01' }));
  await tick();
  expect(told).toEqual([
    [],
    [
      { system: 'twenty', code: 'TOO_LONG', count: 2 },
      { system: 'bigquery', code: 'BIGQUERY_UNREACHABLE', count: 1 },
      { system: 'local', code: 'UNKNOWN', count: 1 },
      { system: 'local', code: '57P01', count: 1 },
    ],
  ]);
  await heartbeat.stop();
});

test('what was counted while the ledger was away is told once it is back, and logged at no level that anybody watches', async () => {
  const { heartbeat, told, lines, tick, away } = scene();
  await tick();
  away(true);
  heartbeat.fault('local', new PermanentError('TOO_LONG', 'too long', { advice }));
  await tick();
  heartbeat.fault('local', new PermanentError('TOO_LONG', 'too long', { advice }));
  await tick();
  away(false);
  await tick();
  expect(told.flat()).toEqual([{ system: 'local', code: 'TOO_LONG', count: 2 }]);
  expect(JSON.stringify(lines)).not.toMatch(/"level":"(info|warn|error)"/);
  await heartbeat.stop();
});

test('a worker that closes tells what it met last, and says goodbye', async () => {
  const { heartbeat, told, left, tick } = scene();
  await tick();
  heartbeat.fault('local', new PermanentError('TOO_LONG', 'too long', { advice }));
  await heartbeat.stop();
  expect(told.flat()).toEqual([{ system: 'local', code: 'TOO_LONG', count: 1 }]);
  expect(left).toHaveLength(1);
});
