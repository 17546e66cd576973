import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Metadata } from './metadata.ts';
import { badInput, notFound } from './refusal.ts';
import type { Row } from './values.ts';

export interface Event {
  readonly name: `person.${'created' | 'updated' | 'deleted' | 'destroyed' | 'restored'}`;
  readonly record: Row;
  readonly updatedFields?: readonly string[];
  /** Set for edits by a human user only. */
  readonly user: { readonly userId: string; readonly workspaceMemberId: string } | null;
}

interface Webhook {
  readonly id: string;
  readonly targetUrl: string;
  readonly operations: readonly string[];
  readonly description: string | null;
  readonly secret: string;
  readonly workspaceId: string;
  readonly applicationId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deletedAt: null;
}

const TIMEOUT_MS = 5_000;

/** Who is told of changes. Each event is told at most once, in no order, and a failure is forgotten. */
export class Webhooks {
  readonly #hooks = new Map<string, Webhook>();
  readonly #metadata: Metadata;
  readonly #now: () => number;
  readonly #delay: () => number;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #closing = new AbortController();
  #toDrop = 0;

  /** @param delay milliseconds before one call goes out, drawn for each */
  constructor(metadata: Metadata, now: () => number, delay: () => number) {
    this.#metadata = metadata;
    this.#now = now;
    this.#delay = delay;
  }

  list(): readonly Webhook[] {
    return [...this.#hooks.values()];
  }

  create(input: Row): Webhook {
    const { targetUrl, operations, description, secret } = input;
    if (typeof targetUrl !== 'string' || !URL.canParse(targetUrl)) throw badInput('targetUrl');
    if (!Array.isArray(operations) || !operations.every((item) => typeof item === 'string'))
      throw badInput('operations');
    const time = new Date(this.#now()).toISOString();
    const hook: Webhook = {
      id: randomUUID(),
      targetUrl,
      operations,
      description: typeof description === 'string' ? description : null,
      secret: typeof secret === 'string' ? secret : '',
      workspaceId: this.#metadata.workspaceId,
      applicationId: this.#metadata.applicationId,
      createdAt: time,
      updatedAt: time,
      deletedAt: null,
    };
    this.#hooks.set(hook.id, hook);
    return hook;
  }

  delete(id: string): true {
    if (!this.#hooks.delete(id)) throw notFound();
    return true;
  }

  /** The next `count` calls are lost on the way. */
  drop(count: number): void {
    this.#toDrop += count;
  }

  tell(events: readonly Event[]): void {
    for (const event of events)
      for (const hook of this.#hooks.values()) {
        const heard = hook.operations.some((wanted) => ['*.*', 'person.*', event.name].includes(wanted));
        if (!heard) continue;
        if (this.#toDrop > 0) {
          this.#toDrop--;
          continue;
        }
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          void this.#call(hook, event);
        }, this.#delay());
        this.#timers.add(timer);
      }
  }

  close(): void {
    this.#closing.abort();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #call(hook: Webhook, event: Event): Promise<void> {
    const timestamp = String(this.#now());
    const body = JSON.stringify({
      targetUrl: hook.targetUrl,
      eventName: event.name,
      objectMetadata: { id: this.#metadata.personId, nameSingular: 'person' },
      workspaceId: this.#metadata.workspaceId,
      webhookId: hook.id,
      eventDate: new Date(this.#now()).toISOString(),
      ...event.user,
      record: event.record,
      ...(event.updatedFields ? { updatedFields: event.updatedFields } : {}),
    });
    const signature = createHmac('sha256', hook.secret).update(`${timestamp}:${body}`).digest('hex');
    const signed =
      hook.secret === ''
        ? {}
        : {
            'X-Twenty-Webhook-Timestamp': timestamp,
            'X-Twenty-Webhook-Signature': signature,
            'X-Twenty-Webhook-Nonce': randomBytes(16).toString('hex'),
          };
    try {
      const answer = await fetch(hook.targetUrl, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...signed },
        body,
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await answer.arrayBuffer();
    } catch {
      // At most once: Twenty forgets a call that failed.
    }
  }
}
