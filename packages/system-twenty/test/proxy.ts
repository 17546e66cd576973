import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** `cut`: Twenty gets the request, and the answer is lost. `hang`: there is never an answer. */
export type Verdict = { readonly status: number; readonly body: unknown } | 'cut' | 'hang' | undefined;

/** Stands between an adapter and Twenty, and may answer, wait or break off in its place. */
export async function openProxy(target: string, verdict: (passing: Passing) => Verdict | Promise<Verdict>) {
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests++;
    const { method = 'GET', url: path = '/' } = request;
    const body = await text(request);
    const decided = await verdict({ method, path, body });
    if (decided === 'hang') return;
    if (decided !== undefined && decided !== 'cut') {
      response.writeHead(decided.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(decided.body));
      return;
    }
    const answer = await fetch(target + path, {
      method,
      headers: { 'Content-Type': 'application/json', Authorization: request.headers.authorization ?? '' },
      ...(body === '' ? {} : { body }),
    });
    const answered = await answer.text();
    if (decided === 'cut') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { Date: answer.headers.get('date') ?? '' });
    response.end(answered);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: () => requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const RECORDINGS = '../../sandbox/test/recordings/twenty/';

export const recordingLines = (name: string): string[] =>
  readFileSync(fileURLToPath(new URL(RECORDINGS + name, import.meta.url)), 'utf8')
    .trim()
    .split('\n');

/** An answer of the real server. */
export function recorded(note: string): { readonly status: number; readonly body: unknown } {
  for (const line of recordingLines('rest.jsonl')) {
    // The shape of the recording, see the README beside it.
    const recording = JSON.parse(line) as { note: string; status: number; response: unknown };
    if (recording.note === note) return { status: recording.status, body: recording.response };
  }
  throw new Error(`no recording of ${note}`);
}
