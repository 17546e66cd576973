import { faultFields, OutageError } from '@contact-sync/sync';
import { expect, test } from 'vitest';

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
