import { deadQueueOf, SCHEDULE_QUEUE, type ScheduleQueue } from '@contact-sync/queue';
import { type QueueName, WORK_QUEUES } from '@contact-sync/sync';

/** Parts of a name that the board makes groups of. */
export const DELIMITER = '.';

/** A queue of the board. */
export type Shown = QueueName | ScheduleQueue;

const names: ReadonlyMap<Shown, string> = new Map<Shown, string>([
  ...WORK_QUEUES.flatMap((name) => [
    [name, `${name}${DELIMITER}work`] as const,
    [deadQueueOf(name), `${name}${DELIMITER}dead`] as const,
  ]),
  ['conflicts', 'conflicts'],
  [SCHEDULE_QUEUE, SCHEDULE_QUEUE],
]);

/** What Bull Board calls a queue: a group of it would hide a queue of the group's own name, so that `ingest` is `ingest.work`. */
export const boardNameOf = (queue: Shown): string => names.get(queue) ?? queue;

/** Every queue in the order in which the board shows them, each with its dead letters beside it. */
export const SHOWN: readonly Shown[] = [...names.keys()];
