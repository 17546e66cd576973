/** A hub with contacts of every kind, whose BigQuery is a list and whose other systems are away. */
import {
  type ContactId,
  type Content,
  contactId,
  contentHash,
  fromMillis,
  type Timestamp,
} from '@contact-sync/contact';
import { createHub, type Hub } from '@contact-sync/hub';
import type {
  Ambient,
  CanonicalAdapter,
  ContactCommit,
  HistoryRow,
  Ledger,
  Log,
  OpenConflict,
  Parts,
  Version,
} from '@contact-sync/sync';
import { testDatabase } from '@contact-sync/testkit';
import { configOf } from './fixture.ts';

/** A hub, and what a test may do to it. */
export interface Stage {
  readonly hub: Hub;
  /** What BigQuery was given. */
  readonly appended: HistoryRow[];
  /** Lets so many milliseconds pass, as the hub sees it. */
  later(ms: number): void;
  /** Lets nobody read BigQuery until `release` is called; `reached` once somebody would. */
  hold(): { readonly reached: Promise<void>; release(): void };
  close(): Promise<void>;
}

export async function openStage(log: Log, env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const database = await testDatabase();
  const appended: HistoryRow[] = [];
  let ahead_ms = 0;
  const ambient: Ambient = {
    now: () => Date.now() + ahead_ms,
    random: Math.random,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
  let read = async (): Promise<void> => undefined;
  const around = (parts: Parts): Parts => ({ ...parts, canonical: listed(parts.canonical, appended, () => read()) });
  const config = configOf({ LEDGER_URL: database.url, QUEUE_URL: database.url, LOCAL_URL: database.url, ...env });
  const hub = await createHub(config, log, { ambient, around });
  return {
    hub,
    appended,
    later(ms) {
      ahead_ms += ms;
    },
    hold() {
      const reached = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      read = () => {
        reached.resolve();
        return held.promise;
      };
      return { reached: reached.promise, release: held.resolve };
    },
    async close() {
      await hub.close();
      await database.close();
    },
  };
}

function listed(
  { lens, counts_versions }: CanonicalAdapter,
  appended: HistoryRow[],
  held: () => Promise<void>,
): CanonicalAdapter {
  return {
    system: 'bigquery',
    lens,
    counts_versions,
    install: async () => [],
    fetch: async () => [],
    changes: async () => ({ changes: [], cursor: null, more: false }),
    ack: async () => undefined,
    async scan() {
      await held();
      return { records: [], cursor: null };
    },
    health: async () => ({ ok: true, latency_ms: 0, detail: null }),
    close: async () => undefined,
    append: async (rows) => void appended.push(...rows),
    appendConflicts: async () => undefined,
    heads: async () => [],
    history: async (ids) => appended.filter(({ contact_id }) => ids.includes(contact_id)),
  };
}

/** Contact `n`, with an id that no JavaScript number holds. */
export const idOf = (n: number): ContactId => contactId(String(2n ** 53n + BigInt(n)));

const at = (seconds: number): Timestamp => fromMillis(Date.parse('2026-11-22T11:00:00Z') + seconds * 1000);

export function version(contact_id: ContactId, number: number, content: Content | null): Version {
  const last_updated = at(number);
  return {
    contact_id,
    version: number,
    last_updated,
    last_updated_by: 'ada',
    content,
    content_hash: contentHash(content),
  };
}

const rowOf = (of: Version, status: HistoryRow['status'] = 'accepted') => ({
  ...of,
  change_id: `${of.contact_id}:${of.version}:${of.content_hash}`,
  status,
  source: 'local' as const,
  recorded_at: at(of.version),
  appended: true,
});

async function commit(ledger: Ledger, contact_id: ContactId, more: Partial<ContactCommit>): Promise<void> {
  const revision = (await ledger.contacts([contact_id])).get(contact_id)?.revision ?? 0;
  const nothing = {
    head: null,
    history: [],
    held: [],
    links: [],
    conflict: null,
    closed: [],
    events: [],
    inbox_done: [],
  };
  const { lost } = await ledger.commit([{ contact_id, expected_revision: revision, ...nothing, ...more }], []);
  if (lost.size > 0) throw new Error('nobody else writes here');
}

/** A contact with these versions, one after the other; the last is everywhere. */
export async function contact(ledger: Ledger, n: number, ...contents: readonly (Content | null)[]): Promise<ContactId> {
  const id = idOf(n);
  for (const [index, content] of contents.entries()) {
    const head = version(id, index + 1, content);
    await commit(ledger, id, { head, history: [rowOf(head)] });
  }
  const last = version(id, contents.length, contents.at(-1) ?? null);
  for (const target of ['supabase', 'local', 'twenty'] as const)
    await ledger.delivered(target, [{ ...last, record_id: `record-${n}` }]);
  return id;
}

/** An open conflict of a contact that was born twice with the same rank; a version lies before it. */
export async function tie(ledger: Ledger, n: number): Promise<OpenConflict> {
  const id = idOf(n);
  const before = version(id, 1, { canonical_name: `Tie ${n}` });
  await commit(ledger, id, { head: before, history: [rowOf(before)] });
  const sides = ['one', 'other'].map((job_title) => version(id, 2, { canonical_name: `Tie ${n}`, job_title }));
  const [head, rival] = sides;
  if (head === undefined || rival === undefined) throw new Error('a tie has two sides');
  const conflict: OpenConflict = {
    conflict_id: `${id}-2`,
    contact_id: id,
    version: 2,
    last_updated: head.last_updated,
    candidates: sides.map(({ content, content_hash, last_updated_by }) => ({
      system: 'local',
      record_id: null,
      content,
      content_hash,
      last_updated_by,
    })),
    events: 1,
  };
  const event = {
    event_id: `${conflict.conflict_id}:0`,
    conflict_id: conflict.conflict_id,
    contact_id: id,
    event: 'opened' as const,
    version: 2,
    last_updated: head.last_updated,
    candidates: conflict.candidates,
    chosen: null,
    by: null,
    recorded_at: at(2),
  };
  await commit(ledger, id, { head, history: [rowOf(head), rowOf(rival, 'superseded')], conflict, events: [event] });
  return conflict;
}

/** Open dead letters of ingest, one for each of these records of Twenty. */
export const letters = (ledger: Ledger, ...records: readonly string[]) =>
  ledger.bury(
    records.map((key) => ({
      queue: 'ingest' as const,
      system: 'twenty' as const,
      key,
      contact_id: null,
      version: null,
      code: 'INVALID_CATEGORY',
      field: 'category_code',
      reason: 'category_code is none of those known',
      advice: 'Choose one of the known categories.',
      attempts: 1,
    })),
  );
