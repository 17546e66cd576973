import { describe, expect, it } from 'vitest';
import {
  ApiError,
  createClient,
  ROUTES,
  type Route,
  restoreSchema,
  selectionSchema,
  systemSchema,
} from '../src/index.ts';
import { openApiDocument } from '../src/openapi.ts';

const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as {
  info: { version: string };
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, object> }>>;
  components: { schemas: Record<string, object> };
};

describe('the OpenAPI document', () => {
  it('has every route under its method, by its name', () => {
    for (const [name, route] of Object.entries<Route>(ROUTES))
      expect(document.paths[`/api${route.path}`]?.[route.method]?.operationId).toBe(name);
    const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
    expect(operations).toHaveLength(Object.keys(ROUTES).length);
  });

  it('refers to nothing that it does not hold', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(refs.length).toBeGreaterThan(50);
    for (const [, name = ''] of refs) expect(Object.keys(document.components.schemas)).toContain(name);
  });
});

describe('the client', () => {
  const answered = (status: number, body: unknown) => {
    const seen: Request[] = [];
    const fetch = async (input: string | URL | Request, init?: RequestInit) => {
      seen.push(new Request(input, init));
      return new Response(JSON.stringify(body), { status });
    };
    return { seen, call: createClient({ url: 'http://127.0.0.1:3210', token: 't', csrf: () => 'c', fetch }) };
  };

  it('puts parameters into the path and the query, and leaves out what is not given', async () => {
    const { seen, call } = answered(200, { items: [], next: null });
    await call('timeline', { params: { contact_id: '7' }, query: { after: undefined, limit: 20 } });
    expect(seen[0]?.url).toBe('http://127.0.0.1:3210/api/contacts/7/timeline?limit=20');
    expect(seen[0]?.headers.get('authorization')).toBe('Bearer t');
    expect(seen[0]?.headers.get('idempotency-key')).toBeNull();
  });

  it('escapes what stands in a path', async () => {
    const { seen, call } = answered(200, {});
    await call('contact', { params: { contact_id: '../x?y' } });
    expect(new URL(seen[0]?.url ?? '').pathname).toBe('/api/contacts/..%2Fx%3Fy');
  });

  it('sends an action with a key of its own or the one given, and the session’s secret', async () => {
    const { seen, call } = answered(200, {});
    const asking = { body: { ids: ['7'] } };
    await call('replay', asking);
    await call('replay', asking, { idempotencyKey: 'mine' });
    const keys = seen.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).toBe('mine');
    expect(seen[0]?.headers.get('x-csrf-token')).toBe('c');
    expect(await seen[0]?.json()).toEqual(asking.body);
  });

  it('throws what the server says, by its code', async () => {
    const problem = { type: 'about:blank', title: 'Conflict', status: 409, code: 'CONFLICT_CLOSED', detail: 'closed' };
    const { call } = answered(409, problem);
    const error = await call('conflict', { params: { conflict_id: '7-1' } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 409, code: 'CONFLICT_CLOSED', problem });
  });

  it('throws for an answer that is none of the server’s, and for none at all', async () => {
    const { call } = answered(502, '<html>');
    await expect(call('overview', {})).rejects.toMatchObject({ status: 502, code: 'NO_PROBLEM' });
    const nobody = createClient({ fetch: () => Promise.reject(new TypeError('fetch failed')) });
    await expect(nobody('overview', {})).rejects.toMatchObject({ status: 0, code: 'UNREACHABLE' });
  });
});

describe('what is asked for', () => {
  it('names dead letters either one by one or by what they have in common', () => {
    expect(selectionSchema.safeParse({ ids: ['7'] }).success).toBe(true);
    expect(selectionSchema.parse({ filter: {} })).toEqual({ filter: {}, limit: 100 });
    for (const wrong of [{}, { ids: [] }, { ids: ['7'], filter: {} }, { filter: { status: 'closed' } }, { ids: ['0'] }])
      expect(selectionSchema.safeParse(wrong).success).toBe(false);
  });

  it('names a version by a whole number', () => {
    for (const version of [-1, 1.5, '7', 2 ** 53]) expect(restoreSchema.safeParse({ version }).success).toBe(false);
  });

  it('has all systems', () => {
    expect(systemSchema.options).toEqual(['bigquery', 'supabase', 'local', 'twenty']);
  });
});

describe('an instant', () => {
  const read = (before: string) => ROUTES.deadLetters.query.safeParse({ before }).success;

  it('is one that a database reads', () => {
    for (const text of ['2026-11-28T08:00:00.123456+01:00', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59-15:59'])
      expect([text, read(text)]).toEqual([text, true]);
    for (const text of [`2026-11-28T08:00:00.${'9'.repeat(400)}Z`, '0000-01-01T00:00:00Z', '2026-11-28T08:00:00+16:00'])
      expect([text, read(text)]).toEqual([text, false]);
  });
});
