import { type Content, contactId, contentHash, parseContent, type Timestamp, timestamp } from '@contact-sync/contact';
import { startTwenty, type Twenty } from '@contact-sync/sandbox/twenty';
import type { ApplyOutcome, Delivery, SystemRecord, Version } from '@contact-sync/sync';
import { createTwenty, type TwentyAdapter, type TwentyOptions } from '../src/index.ts';

export const SECRET = 'a secret of the tests';

/** A Twenty of one's own, installed, and an adapter on it. */
export interface Workspace {
  readonly twenty: Twenty;
  readonly adapter: TwentyAdapter;
  /** A request of a human user, past the adapter. */
  asUser(method: string, path: string, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export async function openWorkspace(
  options: Partial<TwentyOptions> & { serverPerMinute?: number; webhookDelayMs?: number } = {},
): Promise<Workspace> {
  const { serverPerMinute = 1_000_000, webhookDelayMs = 5, ...adapterOptions } = options;
  const apiKey = 'key';
  const twenty = await startTwenty({
    apiKey,
    requestsPerMinute: serverPerMinute,
    webhookDelayMs,
    ...(options.now ? { now: options.now } : {}),
  });
  const connect = { url: twenty.url, apiKey, webhookSecret: SECRET };
  const adapter = createTwenty({ ...connect, requestsPerMinute: 1_000_000, ...adapterOptions });
  await adapter.install();
  return {
    twenty,
    adapter,
    async asUser(method, path, body) {
      const answer = await fetch(twenty.url + path, {
        method,
        headers: { Authorization: `Bearer ${twenty.userToken}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const result: unknown = await answer.json();
      if (!answer.ok) throw new Error(JSON.stringify(result));
      return result;
    },
    close: async () => {
      await adapter.close();
      await twenty.close();
    },
  };
}

export const TIME: Timestamp = timestamp('2026-01-02T03:04:05.678901Z');

export function versionOf(id: string, version: number, content: unknown): Version {
  const parsed = content === null ? null : parseContent(content);
  if (parsed !== null && !parsed.ok) throw new Error('no valid content');
  const normal: Content | null = parsed === null ? null : parsed.content;
  return {
    contact_id: contactId(id),
    version,
    last_updated: TIME,
    last_updated_by: 'tests',
    content: normal,
    content_hash: contentHash(normal),
  };
}

export const delivery = (version: Version, held: Version | null = null, record_id: string | null = null): Delivery => ({
  ...version,
  held,
  record_id,
});

export function recordIdOf(outcome: ApplyOutcome | undefined): string {
  if (outcome === undefined || outcome.outcome === 'rejected') throw new Error(`no record: ${JSON.stringify(outcome)}`);
  return outcome.record_id;
}

/** Applies one version and gives its record id. */
export async function put(adapter: TwentyAdapter, version: Version, held: Version | null = null): Promise<string> {
  const [outcome] = await adapter.apply([delivery(version, held)]);
  if (outcome?.outcome !== 'applied') throw new Error(`not applied: ${JSON.stringify(outcome)}`);
  return outcome.record_id;
}

export async function only(adapter: TwentyAdapter, id: string): Promise<SystemRecord> {
  const [record] = await adapter.fetch([id]);
  if (!record) throw new Error('no such record');
  return record;
}

export const names = (outcomes: readonly ApplyOutcome[]): string[] =>
  outcomes.map((outcome) => (outcome.outcome === 'rejected' ? outcome.error.code : outcome.outcome));

/** Resolves when the condition holds; fails after five seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it never came to be');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
