import { describe, expect, it } from 'vitest';
import { type Action, lastLook } from '../src/index.ts';

const look = (more: Partial<Action>): Action => ({
  ...{ action_id: '1', kind: 'drift', by: 'ann', via: 'cli', subjects: ['system:local'], reason: null },
  ...{ begun_at: '2026-11-28T10:00:00Z', ended_at: '2026-11-28T10:00:01Z', outcome: 'done' },
  result: { percent: 1.5, drift: { stale: 1, edited_outside: 2, extra: 0, missing: 0 } },
  ...more,
});

describe('the last look for drift', () => {
  it('tells how much it found, and when it began', () => {
    const older = look({ begun_at: '2026-11-27T10:00:00Z', result: { percent: 0, drift: {} } });
    expect(lastLook([look({}), older])).toEqual({ percent: 1.5, found: 3, at: '2026-11-28T10:00:00Z' });
  });

  it('is none that failed, was cut off, told nothing, or was something else', () => {
    const none = [
      look({ outcome: 'failed', result: { code: 'TWENTY_UNREACHABLE' } }),
      look({ outcome: null, ended_at: null, result: null }),
      look({ kind: 'sync' }),
      look({ result: null }),
      look({ result: { percent: '1', drift: {} } }),
      look({ result: { percent: 1, drift: null } }),
    ];
    expect(lastLook(none)).toBeNull();
    expect(lastLook([...none, look({})])?.found).toBe(3);
  });
});
