import type { ApplyOutcome, Change, SystemRecord, TargetAdapter } from '@contact-sync/sync';
import { ThrottledError } from '@contact-sync/sync';
import { createApply } from './apply.ts';
import { startBucket } from './bucket.ts';
import { Refused, rejectionOf, unexpected } from './failures.ts';
import { createHttp } from './http.ts';
import { install } from './install.ts';
import { createLens, type PersonLens } from './lens.ts';
import { type PersonMapping, personMapping } from './mapping.ts';
import { BATCH_SIZE, createPeople, PAGE_SIZE } from './people.ts';
import { type Person, personSchema, type RecordProblem, recordReader } from './person.ts';
import { poll } from './poll.ts';
import { parseWebhook, type WebhookRequest } from './webhook.ts';

export interface TwentyOptions {
  /** Of the Twenty server, without `/rest`. */
  readonly url: string;
  readonly apiKey: string;
  /** Signs the webhooks; given to Twenty by `install`. */
  readonly webhookSecret: string;
  /** Where Twenty reaches the hub: the webhook goes to `<publicUrl>/webhooks/twenty`. Without it, edits are found by polling. */
  readonly publicUrl?: string;
  /** Which field of a person holds what; what is left out is as in `DEFAULT_PERSON_MAPPING`. */
  readonly mapping?: PersonMapping;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
  /** What this adapter may use of the workspace's allowance, which all API keys share. */
  readonly requestsPerMinute?: number;
  /** The longest that a call waits for the allowance; else it throws ThrottledError at once. */
  readonly maxWaitMs?: number;
  readonly timeoutMs?: number;
  /** How far the timestamp of a webhook may be from now, both ways. */
  readonly webhookToleranceMs?: number;
  /** Told of sync fields that somebody wrote into by hand; such records are read as if these were empty. */
  readonly onProblem?: (problem: RecordProblem) => void;
}

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

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * Connects to one workspace of Twenty. Opens nothing until it is used.
 *
 * @throws {TypeError} when the mapping is impossible, with all its problems
 */
export function createTwenty(options: TwentyOptions): TwentyAdapter {
  const { now = Date.now, requestsPerMinute = 100, timeoutMs = 30_000, webhookToleranceMs = 300_000 } = options;
  const bucket = startBucket(requestsPerMinute, options.maxWaitMs ?? 2_000, now);
  const http = createHttp({ url: options.url, apiKey: options.apiKey, timeoutMs, now, bucket });
  const mapping = personMapping(options.mapping);
  const lens = createLens(mapping);
  const schema = personSchema(mapping);
  const people = createPeople(http, schema);
  const plain = recordReader(mapping, options.onProblem ?? (() => {}));
  const read = (person: Person): SystemRecord => {
    const record = plain(person);
    const isNoted = Object.hasOwn(record.fields, mapping.sync.mapping);
    return record.deleted || !isNoted || lens.isCurrent(record.fields) ? record : { ...record, incomplete: true };
  };
  const apply = createApply(people, now, read, (answer) => rejectionOf(answer, mapping), { lens, sync: mapping.sync });

  return {
    system: 'twenty',
    lens,
    counts_versions: false,
    metered: true,
    forgets_removed: true,
    batch_size: BATCH_SIZE,

    install: ({ dry_run: dryRun = false } = {}) =>
      understood(() => {
        const { webhookSecret, publicUrl } = options;
        return install(http, people, read, { mapping, webhookSecret, publicUrl, dryRun });
      }),

    fetch: (recordIds) =>
      understood(async () => {
        const ids = recordIds.filter((id) => UUID.test(id));
        const batches = Array.from({ length: Math.ceil(ids.length / BATCH_SIZE) }, (_, index) =>
          ids.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
        );
        const records = [];
        for (const values of batches) records.push(...(await people.find([{ field: 'id', values }])).map(read));
        return records;
      }),

    changes: (cursor, limit) => understood(() => poll(people, http.serverTime, read, cursor, limit)),

    // Nothing is kept in Twenty that could be forgotten: the receiver knows the keys it has seen.
    ack: async () => {},

    scan: (cursor, limit) =>
      understood(async () => {
        const size = Math.max(1, Math.min(limit, PAGE_SIZE));
        const page = await people.page({ since: null, after: cursor, limit: size });
        return { records: page.people.map(read), cursor: page.next };
      }),

    apply: (deliveries): Promise<readonly ApplyOutcome[]> => understood(() => apply(deliveries)),

    async health() {
      const start = now();
      try {
        await understood(() => people.page({ since: null, after: null, limit: 1 }));
        return { ok: true, latency_ms: now() - start, detail: null };
      } catch (error) {
        const detail = error instanceof Error ? error.message : 'unknown';
        return { ok: error instanceof ThrottledError, latency_ms: now() - start, detail };
      }
    },

    close: async () => {},

    parseWebhook: (request) =>
      parseWebhook(
        request,
        { secret: options.webhookSecret, now: request.now ?? now(), toleranceMs: webhookToleranceMs },
        schema,
        read,
      ),
  };
}

/** A refusal that nobody expected means that this is not the Twenty we know. */
async function understood<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refused) throw unexpected(`status ${error.answer.status}`);
    throw error;
  }
}
