/** The API's description, for programs and for people. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '@contact-sync/api/openapi';
import { static as files, Router } from 'express';
import pack from '../../package.json' with { type: 'json' };

/** Swagger UI's own start page asks for another's document, hence ours. */
const OWN = fileURLToPath(new URL('../../web/', import.meta.url));
const TAKEN = new Set(['/swagger-ui.css', '/swagger-ui-bundle.js', '/favicon-32x32.png']);

/** `/openapi.json`, and Swagger UI over it at `/docs`, all of it from this server. */
export function docs(): Router {
  const document = openApiDocument(pack.version);
  // Its module is the browser's own, and costs a Node that loads it time and a warning.
  const theirs = files(dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')), {
    index: false,
    redirect: false,
  });
  return Router()
    .get('/openapi.json', (_request, response) => void response.json(document))
    .get('/docs', (_request, response) => response.sendFile('docs.html', { root: OWN, cacheControl: false }))
    .get('/docs/docs.js', (_request, response) => response.sendFile('docs.js', { root: OWN, cacheControl: false }))
    .use('/docs', (request, response, next) => (TAKEN.has(request.path) ? theirs(request, response, next) : next()));
}
