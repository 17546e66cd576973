/** The console's files. The page holds no data: whatever it shows it asks the API for. */
import { join, sep } from 'node:path';
import { faultFields, type Log } from '@contact-sync/sync';
import { static as files, type RequestHandler, type Response, Router } from 'express';

/** Everything under this is the server's own, whatever a browser accepts. */
const TAKEN = /^\/(api|queues|webhooks|healthz|readyz|assets)(\/|$)/i;

/**
 * Serves the console at every path that is nothing else: it has routes of its own.
 *
 * @param folder of its files; until it is there, a page says so, and also when it never will be
 */
export function consolePages(folder: Promise<string>, log: Log): Router {
  let asset: RequestHandler = (_request, _response, next) => next();
  let page: RequestHandler = (_request, response) => wait(response, 'The console is being built.', true);
  folder.then(
    (path) => {
      asset = assets(path);
      page = (_request, response) => response.sendFile('index.html', { root: path, cacheControl: false });
    },
    (error: unknown) => {
      log.error(faultFields(error), 'the console could not be built: everything else works');
      page = (_request, response) => wait(response, 'The console could not be built: the server’s log tells why.');
    },
  );
  return Router()
    .use((request, response, next) => asset(request, response, next))
    .use((request, response, next) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return next();
      const wanted = request.path === '/' || (request.get('Accept') ?? '').includes('text/html');
      if (!wanted || TAKEN.test(request.path)) return next();
      return page(request, response, next);
    });
}

const assets = (folder: string): RequestHandler =>
  files(folder, {
    index: false,
    redirect: false,
    cacheControl: false,
    setHeaders(response, path) {
      // Their names are digests of what is in them.
      if (path.startsWith(join(folder, 'assets') + sep))
        response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    },
  });

function wait(response: Response, says: string, again = false): void {
  response
    .status(503)
    .set(again ? { Refresh: '2', 'Retry-After': '2' } : {})
    .type('html')
    .send(`<!doctype html><html lang="en"><title>contact-sync</title><p>${says}</p></html>`);
}
