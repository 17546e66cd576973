import { setImmediate } from 'node:timers/promises';
import { faultFields, OutageError } from '@contact-sync/sync';
import { expect, test } from 'vitest';
import { loggedWith, openLog } from '../src/index.ts';

test('an error of ours is logged with its code and its reason', () => {
  expect(faultFields(new OutageError('LEDGER_UNREACHABLE', 'the ledger does not answer'))).toEqual({
    code: 'LEDGER_UNREACHABLE',
    reason: 'the ledger does not answer',
  });
});

test('of a foreign error the class, the code and the place are logged, and nothing of its message', () => {
  const error = Object.assign(new TypeError('Jane Roe, jane@example.com\n  more about her'), { code: 'E_ODD' });
  const fields = faultFields(error);
  expect(fields).toMatchObject({ code: 'E_ODD', kind: 'TypeError' });
  expect(JSON.stringify(fields)).toContain('log.test.ts');
  expect(JSON.stringify(fields)).not.toMatch(/jane|more about/i);
});

test('what is no error at all is logged by its type', () => {
  expect(faultFields('jane@example.com')).toEqual({ code: 'UNKNOWN', kind: 'string' });
});

test('each line says what surrounds it, however late it comes, and nothing of what surrounds another', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = openLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const step = async (message: string) => {
    await setImmediate();
    log.info({ code: 'OK' }, message);
  };
  await Promise.all([
    loggedWith({ request_id: 'r-1' }, () => loggedWith({ job_id: '7' }, () => step('inner'))),
    loggedWith({ request_id: 'r-2' }, () => step('other')),
    step('outside'),
  ]);
  const fields = Object.fromEntries(
    lines.map(({ msg, request_id, job_id, code }) => [msg, { request_id, job_id, code }]),
  );
  expect(fields).toEqual({
    inner: { request_id: 'r-1', job_id: '7', code: 'OK' },
    other: { request_id: 'r-2', job_id: undefined, code: 'OK' },
    outside: { request_id: undefined, job_id: undefined, code: 'OK' },
  });
  expect(lines[0]).not.toHaveProperty('trace_id');
});
