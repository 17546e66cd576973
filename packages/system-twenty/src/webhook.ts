import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Change, PermanentError, type SystemRecord } from '@contact-sync/sync';
import { z } from 'zod';
import { changeKey, type Person } from './person.ts';

/** A webhook that is not taken. `status` is the HTTP status to answer with. */
export abstract class WebhookError extends PermanentError {
  abstract readonly status: 400 | 401;
}

/** Signed by somebody else, changed on the way, or not signed: `WEBHOOK_FORGED`. */
export class WebhookForgedError extends WebhookError {
  override readonly status = 401;
  constructor() {
    super('WEBHOOK_FORGED', 'the signature is missing or not ours', {
      advice: 'check that the webhook in Twenty has the secret of this hub',
    });
  }
}

/** Rightly signed, but long ago or in the future: a replay, or clocks that differ: `WEBHOOK_STALE`. */
export class WebhookStaleError extends WebhookError {
  override readonly status = 401;
  constructor() {
    super('WEBHOOK_STALE', 'the signature is too old, or from the future', {
      advice: 'check the clocks of Twenty and of the hub; the poll brings what was missed',
    });
  }
}

/** Rightly signed, but not an event of a person: `WEBHOOK_MALFORMED`. */
export class WebhookMalformedError extends WebhookError {
  override readonly status = 400;
  constructor(what: string, options?: ErrorOptions) {
    super('WEBHOOK_MALFORMED', `the body is not an event of a person: ${what}`, {
      ...options,
      advice: 'check that the webhook in Twenty sends person.* only, and the version of Twenty',
    });
  }
}

/**
 * A request as it came. `x-twenty-webhook-signature` has to be the HMAC-SHA256, in hexadecimal, of
 * `<x-twenty-webhook-timestamp>:<body>`; the timestamp is milliseconds since the Unix epoch.
 */
export interface WebhookRequest {
  /** As received, before any parsing: the signature is over these bytes. */
  readonly rawBody: Buffer | string;
  /** In lower case, as node gives them. */
  readonly headers: IncomingHttpHeaders;
  /** Milliseconds since the Unix epoch; the adapter's clock if left out. */
  readonly now?: number;
}

/** What may have happened to a person. */
export type PersonEvent = z.infer<typeof eventName>;
const eventName = z.enum(['person.created', 'person.updated', 'person.deleted', 'person.destroyed', 'person.restored']);

/** @throws {WebhookError} */
export function parseWebhook(
  { rawBody, headers }: WebhookRequest,
  { secret, now, toleranceMs }: { readonly secret: string; readonly now: number; readonly toleranceMs: number },
  personSchema: z.ZodType<Person>,
  read: (person: Person) => SystemRecord,
): Change {
  verify(rawBody, headers, secret);
  if (!(Math.abs(now - Number(headers['x-twenty-webhook-timestamp'])) <= toleranceMs)) throw new WebhookStaleError();
  let json: unknown;
  try {
    json = JSON.parse(rawBody.toString('utf8'));
  } catch {
    // The cause is left out: it quotes the body.
    throw new WebhookMalformedError('no JSON');
  }
  const parsed = z.object({ eventName, record: personSchema }).safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new WebhookMalformedError(`${issue?.code} at ${issue?.path.slice(0, 3).join('.')}`);
  }
  const { eventName: event, record: person } = parsed.data;
  return changeOf(event, read(person));
}

/** The edit that an event tells of. @param told the person as the event shows it */
export function changeOf(event: PersonEvent, told: SystemRecord): Change {
  const record: SystemRecord = {
    ...told,
    ...(event === 'person.destroyed' ? { deleted: true } : {}),
    // The hub revives by an upsert, which is told as an update.
    ...(event === 'person.restored' ? { edited: true } : {}),
  };
  return { key: changeKey(record), record_id: record.record_id, record };
}

function verify(rawBody: Buffer | string, headers: IncomingHttpHeaders, secret: string): void {
  const timestamp = headers['x-twenty-webhook-timestamp'];
  const signature = headers['x-twenty-webhook-signature'];
  if (typeof timestamp !== 'string' || !/^\d{1,15}$/.test(timestamp)) throw new WebhookForgedError();
  if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/i.test(signature)) throw new WebhookForgedError();
  const expected = createHmac('sha256', secret).update(`${timestamp}:`).update(rawBody).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new WebhookForgedError();
}
