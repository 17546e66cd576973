import { timestamp } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import type { DriftReport } from '../src/index.ts';
import { lastLook } from '../src/operators/last-look.ts';

const report: DriftReport = {
  ...{ system: 'local', scanned: 200, read: 10, linked: 200, in_step: 197, percent: 1.5, items: [], repair: null },
  explained: { pending: 0, in_conflict: 0, dead_lettered: 0, discarded: 0 },
  drift: { stale: 1, edited_outside: 2, lost_notification: 0, extra: 0, missing: 0 },
  ...{ started_at: timestamp('2026-11-28T10:00:00Z'), took_ms: 5 },
};

describe('the last look for drift', () => {
  it('tells how much it found, and when it began', () => {
    expect(lastLook(report)).toEqual({ percent: 1.5, found: 3, at: '2026-11-28T10:00:00.000000Z' });
  });

  it('is none where nobody has looked', () => {
    expect(lastLook(null)).toBeNull();
  });
});
