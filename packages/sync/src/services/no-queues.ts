import { type QueueCounts, type QueueName, type Queues, WORK_QUEUES } from '../queue-port.ts';

const NONE: QueueCounts = { waiting: 0, active: 0, delayed: 0, failed: 0 };

/** For programs that use the services directly, beside a hub or without one: whatever is told is in the ledger anyway. */
export function noQueues(): Queues {
  const names: readonly QueueName[] = [
    ...WORK_QUEUES,
    ...WORK_QUEUES.map((name) => `${name}-dead` as const),
    'conflicts',
  ];
  const nothing = async () => undefined;
  return {
    ingest: nothing,
    propagate: nothing,
    split: nothing,
    showConflicts: nothing,
    hideConflicts: nothing,
    bury: nothing,
    unbury: nothing,
    shown: async () => ({ conflict_ids: [], letters: [] }),
    failed: async () => [],
    forgetFailed: nothing,
    // One entry for each name.
    counts: async () => Object.fromEntries(names.map((name) => [name, NONE])) as Record<QueueName, QueueCounts>,
    close: nothing,
  };
}
