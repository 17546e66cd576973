import { expect, test } from 'vitest';
import { closeInOrder } from '../src/index.ts';
import { recordingLog } from './recording-log.ts';

test('parts close one after the other, and one that fails or hangs does not keep the next open', async () => {
  const { log, lines } = recordingLog();
  const order: string[] = [];
  const part = (name: string, close: () => Promise<void>) => ({
    name,
    close: () => {
      order.push(name);
      return close();
    },
  });
  await closeInOrder(
    log,
    [
      part('fails', () => Promise.reject(new Error('password=hunter2'))),
      part('hangs', () => new Promise(() => {})),
      part('closes', async () => {}),
    ],
    20,
  );
  expect(order).toEqual(['fails', 'hangs', 'closes']);
  expect(lines).toMatchObject([
    { level: 'warn', part: 'fails', message: 'failed while closing' },
    { level: 'warn', part: 'hangs', message: 'does not close: left behind' },
  ]);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});
