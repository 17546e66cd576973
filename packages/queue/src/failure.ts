import { PermanentError, SyncError } from '@contact-sync/sync';
import type { Job } from 'bullmq';
import { z } from 'zod';

/** Why a job failed, as its `failedReason` holds it in JSON. Free of personal data, without a stack. */
export interface Failure {
  readonly code: string;
  readonly reason: string;
  readonly advice: string;
  readonly field: string | null;
}

const failureSchema: z.ZodType<Failure> = z.object({
  code: z.string(),
  reason: z.string(),
  advice: z.string(),
  field: z.string().nullable(),
});

const MAX_TEXT = 1_000;

export const MALFORMED: Failure = {
  code: 'JOB_MALFORMED',
  reason: 'the data of the job is not what this queue carries',
  advice:
    'Discard it: a sweep of the ledger enqueues again what is behind. If more come, look for a program of another version that writes to this queue.',
  field: null,
};

const STALLED: Failure = {
  code: 'JOB_STALLED',
  reason: 'workers stopped again and again while they had this job',
  advice: 'Look for what stops the worker (memory, a blocked event loop, a kill); then replay.',
  field: null,
};

const ABANDONED: Failure = {
  code: 'JOB_ABANDONED',
  reason: 'the queue failed the job, and no handler said why',
  advice: 'Replay it. If it comes back, look at the worker’s log at the time of the failure.',
  field: null,
};

/** A SyncError speaks for itself; of any other error only the class is told, since its message may quote data. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof SyncError)) {
    const kind = error instanceof Error ? error.constructor.name : typeof error;
    return {
      code: 'UNEXPECTED_ERROR',
      reason: `a ${kind} that no handler foresaw`,
      advice: 'This is a fault of the program: find it in the worker’s log. Replay once it is mended.',
      field: null,
    };
  }
  return {
    code: error.code,
    reason: error.message,
    advice: error instanceof PermanentError ? error.advice : 'Replay it; it kept failing, but may succeed later.',
    field: error instanceof PermanentError ? (error.field ?? null) : null,
  };
}

export const encodeFailure = (failure: Failure): string =>
  JSON.stringify({ ...failure, reason: failure.reason.slice(0, MAX_TEXT), advice: failure.advice.slice(0, MAX_TEXT) });

/** Why a job of the failed set is there, also where BullMQ put it there by itself. */
export function failureOfJob(job: Pick<Job, 'failedReason' | 'stalledCounter'>): Failure {
  const own = failureSchema.safeParse(parseJson(job.failedReason));
  if (own.success) return own.data;
  return job.stalledCounter > 0 ? STALLED : ABANDONED;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
