/** The stream of overviews. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createLive, type LiveOptions } from '../src/api/live.ts';
import type { RunningServer } from '../src/index.ts';
import { problemHandler } from '../src/problem.ts';
import { caller, TOKEN } from './caller.ts';
import { serve } from './fixture.ts';
import { recordingLog } from './recording-log.ts';
import { letters, openStage, type Stage } from './stage.ts';

const { log } = recordingLog();

/** Somebody who listens. */
interface Ear {
  readonly response: Response;
  /** The data of the next event. */
  next(): Promise<{ readonly name: string; readonly data: Record<string, unknown> }>;
  /** Resolves when the server hangs up. */
  ended(): Promise<void>;
  leave(): void;
}

async function listen(url: string, headers: Record<string, string> = {}): Promise<Ear> {
  const gone = new AbortController();
  const response = await fetch(url, { headers, signal: gone.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const more = async () => {
    const { done = true, value = '' } = (await reader?.read()) ?? {};
    text += value;
    return !done;
  };
  return {
    response,
    async next() {
      for (;;) {
        const [, name, data] = /event:(\w+)\nid:.*\ndata:(.*)\n\n/.exec(text) ?? [];
        if (name !== undefined && data !== undefined) {
          text = text.slice(text.indexOf(data) + data.length);
          return { name, data: JSON.parse(data) };
        }
        if (!(await more())) throw new Error('the server hung up');
      }
    },
    async ended() {
      while (await more());
    },
    leave: () => gone.abort(),
  };
}

describe('of a hub', () => {
  let stage: Stage;
  let server: RunningServer;
  const authorization = `Bearer ${TOKEN}`;
  const live = { every_ms: 20 };

  beforeAll(async () => {
    stage = await openStage(log);
    await stage.hub.parts.ledger.install();
    server = await serve(stage.hub, { apiToken: TOKEN, live });
  });
  afterAll(async () => {
    await server.close();
    await stage.close();
  });

  test('begins with how things are, and goes on with what changes', async () => {
    const ear = await listen(`${server.url}/api/events`, { authorization });
    expect(ear.response.headers.get('content-type')).toBe('text/event-stream');
    expect(ear.response.headers.get('cache-control')).toContain('no-store');
    const first = await ear.next();
    expect(first).toMatchObject({ name: 'overview', data: { totals: { dead_letters: 0 } } });
    const overview = await caller(server.url)('overview', {});
    expect(Object.keys(first.data).sort()).toEqual(Object.keys(overview).sort());
    await letters(stage.hub.parts.ledger, 'r1');
    expect(await ear.next()).toMatchObject({ data: { totals: { dead_letters: 1 } } });
    ear.leave();
  });

  test('ends at once when the server does', async () => {
    const brief = await serve(stage.hub, { apiToken: TOKEN, live });
    const ears = await Promise.all([1, 2, 3].map(() => listen(`${brief.url}/api/events`, { authorization })));
    await Promise.all(ears.map((ear) => ear.next()));
    const start = performance.now();
    await brief.close();
    await Promise.all(ears.map((ear) => ear.ended()));
    // A server that waits for them hangs up by force after three seconds.
    expect(performance.now() - start).toBeLessThan(2_500);
  });

  test('ends when the session does', async () => {
    const login = await fetch(`${server.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: TOKEN, operator: 'Ada' }),
    });
    const cookie = login.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    const [ear, program] = await Promise.all([
      listen(`${server.url}/api/events`, { cookie }),
      listen(`${server.url}/api/events`, { authorization }),
    ]);
    await Promise.all([ear.next(), program.next()]);
    stage.later(13 * 3_600_000);
    await ear.ended();
    await letters(stage.hub.parts.ledger, 'r2');
    expect(await program.next()).toMatchObject({ name: 'overview' });
    program.leave();
  });
});

describe('however many listen', () => {
  let server: Server | null = null;
  let state = 0;
  const look = vi.fn(async () => ({ at: String(Math.random()), latency_ms: Math.random(), state }));

  async function start(options: LiveOptions): Promise<string> {
    look.mockClear();
    // Of an overview it knows only what does not count as a change.
    const live = createLive(look as unknown as Parameters<typeof createLive>[0], Date.now, options);
    const app = express()
      .get(
        '/',
        live.listen(() => null),
      )
      .use(problemHandler(log, 'operators'));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.once('close', live.close);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  test('nobody is asked while nobody does, and once for all who do', async () => {
    const url = await start({ every_ms: 30 });
    expect(look).not.toHaveBeenCalled();
    const started = performance.now();
    const ears = await Promise.all(Array.from({ length: 20 }, () => listen(url)));
    await Promise.all(ears.map((ear) => ear.next()));
    const before = look.mock.calls.length;
    const begun = performance.now();
    // Nor once for each who comes.
    expect(before).toBeLessThanOrEqual(1 + (begun - started) / 30);
    state += 1;
    const news = await Promise.all(ears.map((ear) => ear.next()));
    expect(news.map(({ data }) => data.state)).toEqual(Array(20).fill(state));
    // Of twenty listeners, each told of twice, it was made a few times at most.
    expect(look.mock.calls.length - before).toBeLessThanOrEqual(1 + (performance.now() - begun) / 30);
    for (const ear of ears) ear.leave();
    // Nothing is asked any more in a time in which it would have been asked three times.
    let last = -1;
    const still = () => {
      const [was, is] = [last, look.mock.calls.length];
      last = is;
      return was === is;
    };
    await expect.poll(still, { interval: 100 }).toBe(true);
  });

  test('nothing is sent when nothing changed but the time', async () => {
    const url = await start({ every_ms: 5 });
    const ear = await listen(url);
    await ear.next();
    await expect.poll(() => look.mock.calls.length).toBeGreaterThan(5);
    state += 1;
    expect((await ear.next()).data.state).toBe(state);
    ear.leave();
  });

  test('there is room for so many, and again when one leaves', async () => {
    const url = await start({ every_ms: 10, most: 2 });
    const ears = await Promise.all([listen(url), listen(url)]);
    const full = await fetch(url);
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await full.json()).toMatchObject({ code: 'TOO_MANY_LISTENERS' });
    ears[0]?.leave();
    await expect
      .poll(async () => {
        const ear = await listen(url);
        ear.leave();
        return ear.response.status;
      })
      .toBe(200);
    ears[1]?.leave();
  });
});
