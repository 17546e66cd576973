import type { QueueName } from '@contact-sync/sync';
import { keysOf } from '@contact-sync/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFailure, failureOfJob } from '../src/failure.ts';
import { queueNames } from '../src/index.ts';
import { conflictJobId, deadLetterJobId, parseJob, salvageJob, splitJob } from '../src/jobs.ts';
import { contacts, records } from './rig.ts';

/** Whoever compares its length with a number throws. */
const NO_LENGTH = { length: { toString: null, valueOf: null } };

describe('jobs', () => {
  test('there is a dead twin for each queue that works', () => {
    // A name that is missing here does not compile.
    const every: Record<QueueName, true> = {
      ingest: true,
      'propagate-supabase': true,
      'propagate-local': true,
      'propagate-twenty': true,
      'ingest-dead': true,
      'propagate-supabase-dead': true,
      'propagate-local-dead': true,
      'propagate-twenty-dead': true,
      conflicts: true,
    };
    expect([...queueNames].sort()).toEqual(Object.keys(every).sort());
  });

  test('a job is one of its queue only', () => {
    const job = { target: 'twenty', contact_ids: contacts(2) };
    expect(parseJob('propagate-twenty', job)).toEqual(job);
    expect(parseJob('propagate-local', job)).toBeNull();
    expect(parseJob('ingest', job)).toBeNull();
    expect(parseJob('propagate-twenty', { ...job, contact_ids: [] })).toBeNull();
    expect(parseJob('propagate-twenty', { ...job, contact_ids: ['007'] })).toBeNull();
  });

  test('anything at all can be read or salvaged without a crash', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom('ingest' as const, 'propagate-local' as const), (data, queue) => {
        const job = parseJob(queue, data) ?? salvageJob(queue, data);
        expect(Array.isArray(keysOf(job))).toBe(true);
      }),
      {
        examples: [
          [{ system: 'local', record_ids: [NO_LENGTH] }, 'ingest'],
          [{ system: 'local', record_ids: NO_LENGTH }, 'ingest'],
          [{ target: 'local', contact_ids: NO_LENGTH }, 'propagate-local'],
        ],
      },
    );
  });

  test('a split keeps every key', () => {
    const ingest = { system: 'local' as const, record_ids: records(3) };
    expect(splitJob(ingest).flatMap(keysOf)).toEqual(ingest.record_ids);
    const propagate = { target: 'local' as const, contact_ids: contacts(3) };
    expect(splitJob(propagate)).toHaveLength(3);
  });

  test('ids of jobs are what BullMQ takes, and differ where the ids differ', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme-ascii' }),
        fc.string({ unit: 'grapheme-ascii' }),
        (a, b) => {
          for (const id of [deadLetterJobId(a), conflictJobId(a)]) expect(id).toMatch(/^(dl|c)-[^:]+$/);
          expect(deadLetterJobId(a) === deadLetterJobId(b)).toBe(a === b);
        },
      ),
    );
  });

  test('a failure that no handler wrote is told by what BullMQ counted', () => {
    const code = (failedReason: string, stalledCounter: number) => failureOfJob({ failedReason, stalledCounter }).code;
    expect(code('job stalled more than allowable limit', 11)).toBe('JOB_STALLED');
    expect(code('{"code":1}', 0)).toBe('JOB_ABANDONED');
    const own = encodeFailure({ code: 'OWN', reason: 'r'.repeat(9_999), advice: '', field: null });
    expect(code(own, 3)).toBe('OWN');
    expect(own.length).toBeLessThan(2_500);
  });
});
