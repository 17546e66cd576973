import type { Change, TargetAdapter } from '@contact-sync/sync';
import { startBucket } from './bucket.ts';
import { createHttp } from './http.ts';
import { install } from './install.ts';
import { createLens, type PersonLens } from './lens.ts';
import { type PersonMapping, personMapping } from './mapping.ts';
import { overPeople, readerOf, understood } from './over-people.ts';
import { createPeople } from './people.ts';
import { personSchema, type RecordProblem } from './person.ts';
import { parseWebhook, type WebhookRequest } from './webhook.ts';

/** Which workspace, by which key, and how much of its allowance may be used. */
export interface TwentyOptions {
  /** Of the Twenty server, without `/rest`. */
  readonly url: string;
  /** Of the workspace; the hub sees what its role may see. */
  readonly apiKey: string;
  /** Signs the webhooks; given to Twenty by `install`. */
  readonly webhookSecret: string;
  /** Where Twenty reaches the hub: the webhook goes to `<publicUrl>/webhooks/twenty`. Without it, edits are found by polling. */
  readonly publicUrl?: string;
  /** Which field of a person holds what; what is left out is as in `DEFAULT_PERSON_MAPPING`. */
  readonly mapping?: PersonMapping;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
  /**
   * What this adapter may use of the workspace's allowance, which all API keys share. Default 100, all that Twenty
   * allows.
   */
  readonly requestsPerMinute?: number;
  /**
   * The longest that a call waits for the allowance, in milliseconds; default 2 seconds. Else it throws ThrottledError
   * at once.
   */
  readonly maxWaitMs?: number;
  /** Milliseconds for one request, answer included; default 30 seconds. */
  readonly timeoutMs?: number;
  /** How far the timestamp of a webhook may be from now, both ways, in milliseconds; default 5 minutes. */
  readonly webhookToleranceMs?: number;
  /** Told of sync fields that somebody wrote into by hand; such records are read as if these were empty. */
  readonly onProblem?: (problem: RecordProblem) => void;
}

/** Twenty as a system, and the reading of its webhooks. */
export interface TwentyAdapter extends TargetAdapter {
  readonly system: 'twenty';
  readonly lens: PersonLens;
  readonly counts_versions: false;
  /** Who is deleted for good is told once, by a webhook that may be lost. */
  readonly forgets_removed: true;
  /**
   * The edit that a webhook tells of, with the same key as when it is polled.
   *
   * @throws {WebhookError} with the HTTP status to answer
   */
  parseWebhook(request: WebhookRequest): Change;
}

/**
 * Connects to one workspace of Twenty. Opens nothing until it is used. Its methods throw
 *
 * - {@link OutageError} `TWENTY_UNREACHABLE`, `TWENTY_UNAVAILABLE`, `TWENTY_UNAUTHORIZED`, `TWENTY_SCHEMA`,
 *   `TWENTY_UNEXPECTED_ANSWER`; from `install` also `TWENTY_WEBHOOK`
 * - {@link ThrottledError} `TWENTY_THROTTLED`, `TWENTY_BUDGET_SPENT`
 * - {@link TransientError} `TWENTY_TIMEOUT`, `TWENTY_CONNECTION_LOST`, `TWENTY_SERVER_ERROR`, `TWENTY_NO_RECEIPT`
 * - {@link PermanentError} `TWENTY_BAD_CURSOR`; as the outcome of one delivery `TWENTY_REFUSED`, `TWENTY_DUPLICATE`,
 *   `TWENTY_EMAIL_TAKEN`, `TWENTY_TWO_RECORDS`, `TWENTY_TOO_LARGE`
 *
 * @throws {TypeError} when the mapping is impossible, with all its problems
 */
export function createTwenty(options: TwentyOptions): TwentyAdapter {
  const { now = Date.now, requestsPerMinute = 100, timeoutMs = 30_000, webhookToleranceMs = 300_000 } = options;
  const bucket = startBucket(requestsPerMinute, options.maxWaitMs ?? 2_000, now);
  const http = createHttp({ url: options.url, apiKey: options.apiKey, timeoutMs, now, bucket });
  const mapping = personMapping(options.mapping);
  const schema = personSchema(mapping);
  const people = createPeople(http, schema);
  const lens = createLens(mapping);
  const read = readerOf(mapping, lens, options.onProblem);

  return {
    ...overPeople({ people, mapping, lens, read, now, serverTime: http.serverTime, skew: http.skew }),

    install: ({ dry_run: dryRun = false } = {}) =>
      understood(() => {
        const { webhookSecret, publicUrl } = options;
        return install(http, people, read, { mapping, webhookSecret, publicUrl, dryRun });
      }),

    parseWebhook: (request) =>
      parseWebhook(
        request,
        { secret: options.webhookSecret, now: request.now ?? now(), toleranceMs: webhookToleranceMs },
        schema,
        read,
      ),
  };
}
