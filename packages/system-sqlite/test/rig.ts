import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Content, contactId, contentHash, type Timestamp, timestamp } from '@contact-sync/contact';
import { DEFAULT_MAPPING, type TableMapping } from '@contact-sync/contacts-sql';
import type { ApplyOutcome, Change, Delivery, TargetAdapter } from '@contact-sync/sync';
import { createSqlite } from '../src/index.ts';

export const T0 = timestamp('2024-05-01T12:00:00.123456Z');
export const T1 = timestamp('2024-05-01T12:00:00.123457Z');

/** A file, as the hub and as another program see it. */
export interface Rig {
  readonly path: string;
  readonly hub: TargetAdapter;
  /** Another program's connection. */
  readonly user: DatabaseSync;
  /** Another program's statement. */
  sql(text: string, ...values: readonly SQLInputValue[]): Record<string, unknown>[];
  /** What each delivery came to, by contact id. */
  outcomes(...deliveries: readonly Delivery[]): Promise<Readonly<Record<string, string>>>;
  apply(...deliveries: readonly Delivery[]): Promise<readonly ApplyOutcome[]>;
  changes(): Promise<readonly Change[]>;
  /** Reads the outbox and forgets it. */
  drain(): Promise<readonly Change[]>;
  /** Empties everything, and says nothing. */
  clear(): void;
  /** A hub of its own on the same file. */
  another(mapping?: TableMapping): TargetAdapter;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly mapping?: TableMapping;
  readonly recursive?: boolean;
  /** What another program made of the file before. */
  readonly before?: string;
  readonly install?: boolean;
  readonly busy_ms?: number;
}

export async function rig(options: RigOptions = {}): Promise<Rig> {
  const { mapping = DEFAULT_MAPPING, recursive = false, before, install = true, busy_ms = 4_000 } = options;
  const directory = mkdtempSync(join(tmpdir(), 'contact-sync-sqlite-'));
  const path = join(directory, 'contacts.db');
  const hubs: TargetAdapter[] = [];
  const another = (other: TableMapping = mapping) => {
    const made = createSqlite({ path, mapping: other, busy_ms, watch_ms: 10 });
    hubs.push(made);
    return made;
  };
  const hub = another();
  const user = new DatabaseSync(path, { timeout: 5_000 });
  if (before !== undefined) user.exec(before);
  if (install) await hub.install();
  user.exec(`PRAGMA recursive_triggers = ${recursive ? 'on' : 'off'}`);
  const self: Rig = {
    path,
    hub,
    user,
    another,
    sql: (text, ...values) => user.prepare(text).all(...values),
    apply: (...deliveries) => hub.apply(deliveries),
    outcomes: async (...deliveries) =>
      Object.fromEntries((await hub.apply(deliveries)).map((row) => [row.contact_id, row.outcome])),
    changes: async () => (await hub.changes(null, 500)).changes,
    async drain() {
      const changes = await self.changes();
      await hub.ack(changes.map(({ key }) => key));
      return changes;
    },
    clear: () =>
      user.exec(`DELETE FROM contacts; DELETE FROM contact_sync_tombstones; DELETE FROM contact_sync_outbox;
        DELETE FROM contact_sync_replaced`),
    async close() {
      user.close();
      await Promise.all(hubs.map((one) => one.close()));
      rmSync(directory, { recursive: true });
    },
  };
  return self;
}

/** Version 1 of a contact that the hub says is Ada, unless told otherwise. */
export function delivery(
  id: string,
  { content = { canonical_name: 'Ada' }, ...rest }: Partial<Omit<Delivery, 'contact_id' | 'content_hash'>> = {},
): Delivery {
  const last_updated: Timestamp = T0;
  return {
    contact_id: contactId(id),
    content,
    content_hash: contentHash(content),
    version: 1,
    last_updated,
    last_updated_by: 'hub',
    record_id: null,
    held: null,
    ...rest,
  };
}

export const named = (canonical_name: string): Content => ({ canonical_name });

/** Another process that runs what it is sent on the file, one text of SQL after the other. */
export async function otherProcess(path: string) {
  const child: ChildProcess = fork(new URL('./other-process.ts', import.meta.url), [path], { execArgv: [] });
  await once(child, 'message');
  return {
    async run(sql: string): Promise<void> {
      child.send(sql);
      const [error] = await once(child, 'message');
      if (error !== 'done') throw new Error(String(error));
    },
    async end(): Promise<void> {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
