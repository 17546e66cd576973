/** The description of the API, as it is served. */
import { ROUTES, type Route } from '@contact-sync/api';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../src/index.ts';
import { ask, serve } from './fixture.ts';
import { recordingLog } from './recording-log.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let server: RunningServer;
beforeAll(async () => {
  stage = await openStage(recordingLog().log);
  server = await serve(stage.hub);
});
afterAll(async () => {
  await server.close();
  await stage.close();
});

test('the document is OpenAPI 3.1: every route is there, every reference leads somewhere, every schema is one', async () => {
  const document = JSON.parse((await ask(server.url, '/api/openapi.json')).text);
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.info).toMatchObject({ title: 'contact-sync', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  const operations = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  expect(operations.sort()).toEqual(Object.keys(ROUTES).sort());
  for (const [name, { method, path, params }] of Object.entries<Route>(ROUTES)) {
    const operation = document.paths[`/api${path}`][method];
    expect(operation.operationId).toBe(name);
    const named = (operation.parameters ?? [])
      .filter((one: { in: string }) => one.in === 'path')
      .map((one: { name: string; required: boolean }) => [one.name, one.required]);
    expect(named).toEqual(Object.keys(params?.shape ?? {}).map((key) => [key, true]));
  }
  const text = JSON.stringify(document);
  for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = pointer.split('/').reduce((part, key) => part?.[key], document);
    expect(found, pointer).toBeTypeOf('object');
  }
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'https://document/', components: document.components });
  for (const name of Object.keys(document.components.schemas))
    expect(() => ajv.compile({ $ref: `https://document/#/components/schemas/${name}` }), name).not.toThrow();
});

test('Swagger UI shows it with files of this server alone, none of them inline', async () => {
  const page = await ask(server.url, '/api/docs');
  expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  expect(files.length).toBeGreaterThan(2);
  for (const path of files) expect((await ask(server.url, path)).status, path).toBe(200);
  expect(page.text).not.toMatch(/<script>|<style|style=|https?:/);
  // Of its folder nothing else is given away, its own start page least of all.
  for (const path of ['/api/docs/index.html', '/api/docs/package.json', '/api/docs/../package.json', '/api/docs/'])
    expect((await ask(server.url, path)).text).not.toMatch(/petstore|"dependencies"/);
});
