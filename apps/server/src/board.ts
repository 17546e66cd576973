import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { deadQueueOf, type OpenQueues } from '@contact-sync/queue';
import { type QueueName, WORK_QUEUES } from '@contact-sync/sync';
import { type Express, type RequestHandler, Router } from 'express';
import { Refusal } from './problem.ts';

/** Each queue with its dead letters beside it. Not grouped by the board: a group hides the queue it is named after. */
const SHOWN: readonly QueueName[] = [...WORK_QUEUES.flatMap((name) => [name, deadQueueOf(name)] as const), 'conflicts'];

/**
 * Bull Board over every queue, to look at only: a retry there would bypass the replay that is recorded and checks what is
 * still to be done.
 *
 * @param path where it is mounted
 */
export function board(queues: Pick<OpenQueues, 'bull'>, path: string): Router {
  const serverAdapter = new ExpressAdapter().setBasePath(path);
  createBullBoard({
    queues: SHOWN.map(
      (name) => new BullMQAdapter(queues.bull(name), { readOnlyMode: true, description: describe(name) }),
    ),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'contact-sync',
        hideDocsLink: true,
        hideRedisDetails: true,
        sortQueues: false,
        // Dead letters and conflicts wait for people: "no workers" is as it should be.
        showWorkers: false,
      },
    },
  });
  // The adapter's own type is `any`.
  const app: Express = serverAdapter.getRouter();
  app.disable('x-powered-by');
  return Router().use(lookOnly, legible, contained, app);
}

/** Its page asks other servers for fonts: nobody else needs to know who looks at the queues. */
const contained: RequestHandler = (_request, response, next) => {
  response.set(
    'Content-Security-Policy',
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  );
  next();
};

/** Bull Board refuses changes by itself, route by route; a route that a later version forgets is refused here. */
const lookOnly: RequestHandler = (request, _response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') return next();
  throw new Refusal(405, 'READ_ONLY', 'the queues are shown only: use contact-sync replay', { Allow: 'GET, HEAD' });
};

/** No queue, state or page is called by a control character, and the board passes on what it is given to the database. */
const legible: RequestHandler = (request, _response, next) => {
  if (!/%[01][0-9a-f]|%7f/i.test(request.originalUrl)) return next();
  throw new Refusal(400, 'BAD_REQUEST', 'the request cannot be read');
};

function describe(name: QueueName): string {
  if (name === 'conflicts') return 'Ties that wait for a person: contact-sync conflicts list';
  if (name.endsWith('-dead')) return 'Work that needs a person: contact-sync dead list, then contact-sync replay';
  return name === 'ingest' ? 'Records that may have changed' : 'Contacts that may be behind';
}
