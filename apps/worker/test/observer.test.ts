import { expect, test } from 'vitest';
import { standings } from '../src/observer.ts';
import { recordingLog } from './recording-log.ts';

test('a queue that waits is logged once for each cause, and once when it flows again', () => {
  const { log, lines } = recordingLog();
  const observer = standings(log, () => {});
  observer.flowing('ingest');
  for (const code of ['TWENTY_DOWN', 'TWENTY_DOWN', 'TWENTY_THROTTLED', 'TWENTY_THROTTLED'])
    observer.waiting('propagate-twenty', code, 100);
  observer.waiting('ingest', 'BIGQUERY_DOWN', 100);
  expect(observer.waitingNow()).toEqual({ 'propagate-twenty': 'TWENTY_THROTTLED', ingest: 'BIGQUERY_DOWN' });
  for (let probe = 0; probe < 2; probe++) observer.flowing('propagate-twenty');
  expect(observer.waitingNow()).toEqual({ ingest: 'BIGQUERY_DOWN' });
  expect(lines.map(({ level, queue, code }) => [level, queue, code])).toEqual([
    ['warn', 'propagate-twenty', 'TWENTY_DOWN'],
    ['warn', 'propagate-twenty', 'TWENTY_THROTTLED'],
    ['warn', 'ingest', 'BIGQUERY_DOWN'],
    ['info', 'propagate-twenty', undefined],
  ]);
});
