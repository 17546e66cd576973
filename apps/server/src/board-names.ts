import { deadQueueOf } from '@contact-sync/queue';
import { type QueueName, WORK_QUEUES } from '@contact-sync/sync';

/** Parts of a name that the board makes groups of. */
export const DELIMITER = '.';

const names: ReadonlyMap<QueueName, string> = new Map<QueueName, string>([
  ...WORK_QUEUES.flatMap((name) => [
    [name, `${name}${DELIMITER}work`] as const,
    [deadQueueOf(name), `${name}${DELIMITER}dead`] as const,
  ]),
  ['conflicts', 'conflicts'],
]);

/** What Bull Board calls a queue: a group of it would hide a queue of the group's own name, so that `ingest` is `ingest.work`. */
export const boardNameOf = (queue: QueueName): string => names.get(queue) ?? queue;

/** Every queue in the order in which the board shows them, each with its dead letters beside it. */
export const SHOWN: readonly QueueName[] = [...names.keys()];
