import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { ROUTES, type Route } from './routes.ts';
import { problemSchema } from './shapes/index.ts';

/** The OpenAPI 3.1 document of the API, made from the very schemas that the server checks by. */
export function openApiDocument(version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const [operationId, route] of Object.entries<Route>(ROUTES)) {
    paths[`/api${route.path}`] = { ...paths[`/api${route.path}`], [route.method]: operation(operationId, route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'contact-sync',
      version,
      description:
        'What operators see and do, for programs. Errors are RFC 9457 problems: decide by `code`. Actions take an `Idempotency-Key`: under one key they happen once.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { session: [], csrf: [] }],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'API_TOKEN. `X-Operator` tells who acts.' },
        session: { type: 'apiKey', in: 'cookie', name: 'contact-sync' },
        csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token' },
      },
    },
    paths,
  });
}

const idempotencyKey = z.object({
  'Idempotency-Key': z.string().max(200).optional().meta({ description: 'Of your making, such as a UUID.' }),
});

function operation(operationId: string, route: Route): ZodOpenApiOperationObject {
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.open ? { security: [] } : {}),
    requestParams: {
      ...(route.params ? { path: route.params } : {}),
      ...(route.query instanceof z.ZodObject ? { query: route.query } : {}),
      ...(route.action ? { header: idempotencyKey } : {}),
    },
    ...(route.body ? { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } } : {}),
    responses: {
      '200': { description: 'Done', content: { 'application/json': { schema: route.answer } } },
      default: {
        description: ['A problem', ...route.problems].join(': ').replace(/: (?=.*: )/g, ', '),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    },
  };
}
