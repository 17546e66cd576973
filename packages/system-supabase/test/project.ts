import {
  type ContactId,
  type Content,
  contactId,
  contentHash,
  parseContent,
  type Timestamp,
  timestamp,
} from '@contact-sync/contact';
import type { TableMapping } from '@contact-sync/contacts-sql';
import { type LocalSupabase, startSupabase, type Webhook } from '@contact-sync/sandbox/supabase';
import type { Delivery } from '@contact-sync/sync';
import { testDatabase } from '@contact-sync/testkit';
import { createClient } from '@supabase/supabase-js';
import pg from 'pg';
import { createSupabase, type Supabase } from '../src/index.ts';

/** An app's view of the project: the real client, with the project's secret key or another. */
export const appOf = (url: string, key: string) =>
  createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false }, db: { retry: false } });

export interface Project {
  readonly dbUrl: string;
  readonly supabase: LocalSupabase;
  readonly adapter: Supabase;
  readonly app: ReturnType<typeof appOf>;
  /** As the owner. */
  readonly sql: pg.Client;
  close(): Promise<void>;
}

/** A new project on a database of its own, nothing installed. */
export async function newProject(webhook?: Webhook, mapping?: TableMapping): Promise<Project> {
  const database = await testDatabase();
  const dbUrl = database.url;
  const supabase = await startSupabase({ postgresUrl: dbUrl, webhook });
  const sql = new pg.Client(dbUrl);
  await sql.connect();
  const adapter = createSupabase({
    url: supabase.url,
    secretKey: supabase.secretKey,
    dbUrl,
    webhookSecret: webhook?.secret,
    mapping,
  });
  return {
    dbUrl,
    supabase,
    adapter,
    app: appOf(supabase.url, supabase.secretKey),
    sql,
    async close() {
      await adapter.close();
      await sql.end();
      await supabase.close();
      await database.close();
    },
  };
}

export const at = (text: string): Timestamp => timestamp(text);

/** A delivery as the hub makes it; `content: null` for a tombstone. */
export function delivery(
  id: string | ContactId,
  rank: { version: number; last_updated?: string },
  content: object | null = { canonical_name: 'Ann Example' },
): Delivery {
  const parsed = content === null ? null : parseContent(content);
  if (parsed !== null && !parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join());
  const normal: Content | null = parsed === null ? null : parsed.content;
  return {
    contact_id: contactId(id),
    version: rank.version,
    last_updated: at(rank.last_updated ?? '2026-01-01T00:00:00.000001Z'),
    last_updated_by: 'test',
    content: normal,
    content_hash: contentHash(normal),
    record_id: null,
    held: null,
  };
}

/** Empties the outbox, and tells what was in it. */
export async function drain(adapter: Supabase, limit = 500): Promise<number> {
  let drained = 0;
  for (;;) {
    const { changes, more } = await adapter.changes(null, limit);
    await adapter.ack(changes.map(({ key }) => key));
    drained += changes.length;
    if (!more) return drained;
  }
}
