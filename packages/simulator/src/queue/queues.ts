import { conflictJobId, deadLetterJobId, failureOfJob, KEYS_PER_JOB, splitJob } from '@contact-sync/queue/processing';
import { batches, type Queues, type WorkJob } from '@contact-sync/sync';
import type { Rpc } from '../rpc.ts';
import type { Backend } from './backend.ts';

/** The producers' side, each method one request. */
export function queuesOver(backend: Backend, rpc: Rpc): Queues {
  const add = (jobs: readonly WorkJob[]) => rpc('queue.add', () => backend.add(jobs));
  return {
    ingest: (system, recordIds) =>
      add(batches([...new Set(recordIds)], KEYS_PER_JOB.ingest).map((record_ids) => ({ system, record_ids }))),
    propagate: (target, contactIds) =>
      add(
        batches([...new Set(contactIds)], KEYS_PER_JOB[`propagate-${target}`]).map((contact_ids) => ({
          target,
          contact_ids,
        })),
      ),
    split: (job) => add(splitJob(job)),
    showConflicts: (conflicts) =>
      rpc('queue.showConflicts', () => {
        for (const { conflict_id, contact_id } of conflicts)
          backend.conflicts.set(conflictJobId(conflict_id), { conflict_id, contact_id });
      }),
    hideConflicts: (conflictIds) =>
      rpc('queue.hideConflicts', () => {
        for (const id of conflictIds) backend.conflicts.delete(conflictJobId(id));
      }),
    bury: (letters) => rpc('queue.bury', () => backend.bury(letters)),
    unbury: (letters) =>
      rpc('queue.unbury', () => {
        for (const { dead_letter_id } of letters) backend.letters.delete(deadLetterJobId(dead_letter_id));
      }),
    shown: () =>
      rpc('queue.shown', () => ({
        conflict_ids: [...backend.conflicts.values()].map(({ conflict_id }) => conflict_id),
        letters: [...backend.letters.values()],
      })),
    failed: (queue, limit) =>
      rpc('queue.failed', () =>
        backend
          .failed(queue)
          .slice(0, limit)
          .map((job) => {
            const { code, reason, advice } = failureOfJob(job);
            return { queue, job_id: job.id, job: job.data, code, reason, advice, attempts: job.attemptsMade };
          }),
      ),
    forgetFailed: (queue, jobIds) => rpc('queue.forgetFailed', () => backend.forgetFailed(queue, jobIds)),
    counts: () => rpc('queue.counts', () => backend.counts()),
    close: async () => {},
  };
}
