/** What is told of the queues and of where they lie. */
import { type QueueCounts, type QueueName, WORK_QUEUES } from '@contact-sync/sync';
import type { HealthReport, QueueReport } from '../monitor.ts';
import { type Family, type Sample, sample } from './family.ts';

const NAMES: readonly QueueName[] = [
  ...WORK_QUEUES,
  ...WORK_QUEUES.map((queue) => `${queue}-dead` as const),
  'conflicts',
];
const STATES = ['waiting', 'active', 'delayed', 'failed'] as const satisfies readonly (keyof QueueCounts)[];
const BACKENDS = ['redis', 'postgres'] as const;

const each = (report: HealthReport, names: readonly QueueName[], tell: (queue: QueueReport) => readonly Sample[]) =>
  names.flatMap((name) => {
    const queue = report.queues?.find((one) => one.queue === name);
    return queue === undefined ? [] : tell(queue);
  });

const perQueue = (name: string, help: string, value: (queue: QueueReport) => number | null): Family => ({
  name,
  help,
  labels: { queue: WORK_QUEUES },
  samples: (report) => each(report, WORK_QUEUES, (one) => sample(value(one), { queue: one.queue })),
});

export const QUEUE_FAMILIES: readonly Family[] = [
  {
    name: 'contact_sync_queue_jobs',
    help: 'Jobs in the queue by their state.',
    labels: { queue: NAMES, state: STATES },
    samples: (report) =>
      each(report, NAMES, (one) => STATES.flatMap((state) => sample(one[state], { queue: one.queue, state }))),
  },
  perQueue(
    'contact_sync_queue_completed_per_minute',
    'Jobs that ended well in each minute of the window.',
    ({ completed_per_minute }) => completed_per_minute,
  ),
  perQueue(
    'contact_sync_queue_failed_per_minute',
    'Jobs that failed for good in each minute of the window.',
    ({ failed_per_minute }) => failed_per_minute,
  ),
  {
    name: 'contact_sync_queue_waits_for_system',
    help: 'Whether some worker has stopped the queue until its system serves again.',
    labels: { queue: WORK_QUEUES },
    samples: ({ ledger }) =>
      ledger === null
        ? []
        : WORK_QUEUES.flatMap((queue) =>
            sample(
              ledger.workers.some(({ waiting }) => Object.hasOwn(waiting, queue)),
              { queue },
            ),
          ),
  },
  {
    name: 'contact_sync_queue_backend_info',
    help: 'What the queues lie on.',
    labels: { kind: BACKENDS },
    samples: ({ durability }) => BACKENDS.flatMap((kind) => (durability?.kind === kind ? sample(1, { kind }) : [])),
  },
  {
    name: 'contact_sync_queue_backend_persistent',
    help: 'Whether what the backend acknowledged survives its restart.',
    labels: {},
    samples: ({ durability }) => sample(durability?.persistent),
  },
  {
    name: 'contact_sync_queue_backend_evicts',
    help: 'Whether the backend may throw jobs away when its memory is full.',
    labels: {},
    samples: ({ durability }) => sample(durability?.evicts),
  },
];
