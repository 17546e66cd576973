import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openHttpProxy, type Passing, type Verdict } from '@contact-sync/testkit';

/** Stands between an adapter and Twenty, judges each request, and counts them. */
export async function openProxy(target: string, verdict: (passing: Passing) => Verdict | Promise<Verdict>) {
  let requests = 0;
  const proxy = await openHttpProxy(target);
  proxy.judge((passing) => {
    requests++;
    return verdict(passing);
  });
  return { url: proxy.url, requests: () => requests, close: proxy.close };
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
