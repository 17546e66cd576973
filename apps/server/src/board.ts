import { createBullBoard } from '@bull-board/api';
import { ExpressAdapter } from '@bull-board/express';
import { type OpenQueues, type OpenSchedules, SCHEDULE_QUEUE } from '@contact-sync/queue';
import { type Express, type RequestHandler, Router } from 'express';
import { DELIMITER, SHOWN, type Shown } from './board-names.ts';
import { boardPolicy } from './headers.ts';
import { legible } from './legible.ts';
import { MaskedAdapter } from './masked.ts';
import { Refusal } from './problem.ts';

/**
 * Bull Board over every queue, to look at only: a retry there would bypass the replay that is recorded and checks what is
 * still to be done.
 *
 * @param path where it is mounted
 */
export function board(queues: Pick<OpenQueues, 'bull'>, schedules: Pick<OpenSchedules, 'bull'>, path: string): Router {
  const serverAdapter = new ExpressAdapter().setBasePath(path);
  createBullBoard({
    queues: SHOWN.map(
      (name) =>
        new MaskedAdapter(name, name === SCHEDULE_QUEUE ? schedules.bull : queues.bull(name), {
          readOnlyMode: true,
          delimiter: DELIMITER,
          displayName: name,
          description: describe(name),
        }),
    ),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'contact-sync',
        miscLinks: [{ text: 'Console', url: '/' }],
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
  return Router().use(lookOnly, legible, boardPolicy).get('/api/queues/:queue/:job/flow', noFlow).use(app);
}

/** Bull Board refuses changes by itself, route by route; a route that a later version forgets is refused here. */
const lookOnly: RequestHandler = (request, _response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') return next();
  throw new Refusal(405, 'READ_ONLY', 'the queues are shown only: use contact-sync replay', {
    headers: { Allow: 'GET, HEAD' },
  });
};

/** No job of ours is part of a flow, and of those that others made the board shows names and reasons as they are. */
const noFlow: RequestHandler = (request, response) =>
  void response.json({ nodeId: String(request.params.job), flowRoot: null, isFlowNode: false });

function describe(name: Shown): string {
  if (name === SCHEDULE_QUEUE) return 'What runs by itself, again and again: contact-sync schedules';
  if (name === 'conflicts') return 'Ties that wait for a person: contact-sync conflicts list';
  if (name.endsWith('-dead')) return 'Work that needs a person: contact-sync dead list, then contact-sync replay';
  return name === 'ingest' ? 'Records that may have changed' : 'Contacts that may be behind';
}
