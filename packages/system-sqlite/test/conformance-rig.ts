import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { CONTENT_FIELDS, contentHash } from '@contact-sync/contact';
import type { TargetAdapter } from '@contact-sync/sync';
import type { Faults, Rig, User } from '@contact-sync/testkit/conformance';
import { createSqlite } from '../src/index.ts';

/** A file of its own, with hubs and another program on it. */
export async function openRig(): Promise<Rig<TargetAdapter>> {
  const base = mkdtempSync(join(tmpdir(), 'contact-sync-conformance-'));
  const [home, away] = [join(base, 'home'), join(base, 'away')];
  mkdirSync(home);
  const path = join(home, 'contacts.db');
  const opened: TargetAdapter[] = [];
  const open = () => {
    const adapter = createSqlite({ path });
    opened.push(adapter);
    return adapter;
  };
  // Opened when first used: it would make the file, which is for the hub to do.
  let connection: DatabaseSync | undefined;
  const user = () => {
    connection ??= new DatabaseSync(path, { timeout: 10_000 });
    return connection;
  };

  const faults: Faults = {
    // A disk that is not mounted any more.
    async outage() {
      renameSync(home, away);
      return async () => renameSync(away, home);
    },
    // Something else was put in its place.
    async maintenance() {
      renameSync(home, away);
      mkdirSync(home);
      writeFileSync(path, 'no database at all'.repeat(500));
      return async () => {
        rmSync(home, { recursive: true });
        renameSync(away, home);
      };
    },
    async spoil(version) {
      for (const event of ['insert', 'update'])
        user().exec(
          `create trigger owners_rule_${event} before ${event} on contacts when new.canonical_name = 'spoiled'
           begin select raise(abort, 'not this one'); end`,
        );
      const content = { ...version.content, canonical_name: 'spoiled' };
      return {
        version: { ...version, content, content_hash: contentHash(content) },
        mend: async () => user().exec('drop trigger owners_rule_insert; drop trigger owners_rule_update'),
      };
    },
  };

  return {
    adapter: open(),
    open,
    user: userOf(user),
    faults,
    secrets: [],
    async lack(record_id) {
      user().exec(`begin immediate; insert into contact_sync_origin (origin) values ('hub')`);
      user().prepare('update contacts set job_title = null where id = ?').run(record_id);
      user()
        .prepare('insert into contact_sync_incomplete (record_id, fields) values (?, ?)')
        .run(record_id, '["job_title"]');
      user().exec(`delete from contact_sync_origin where origin = 'hub'; commit`);
    },
    async secretly(record_id, job_title) {
      user().exec(`begin immediate; insert into contact_sync_origin (origin) values ('hub')`);
      user().prepare('update contacts set job_title = ? where id = ?').run(job_title, record_id);
      user().exec(`delete from contact_sync_origin where origin = 'hub'; commit`);
    },
    async close() {
      await Promise.all(opened.map((adapter) => adapter.close()));
      connection?.close();
      rmSync(base, { recursive: true });
    },
  };
}

/** Someone with another program that has the file open. */
function userOf(database: () => DatabaseSync): User {
  const update = (change: string, ...values: readonly SQLInputValue[]) => {
    const { changes } = database()
      .prepare(`update contacts set ${change} where id = ?`)
      .run(...values);
    if (Number(changes) !== 1) throw new Error('there is no such row');
  };
  const insert = `insert into contacts (${CONTENT_FIELDS.join(', ')})
    values (${CONTENT_FIELDS.map(() => '?').join(', ')})`;
  return {
    async create(content) {
      const values = CONTENT_FIELDS.map((field) => {
        const value = content[field];
        return value === undefined || typeof value === 'string' ? (value ?? null) : JSON.stringify(value);
      });
      // The trigger may give the row the id of the record that it brings back; a new contact keeps its own.
      return String(
        database()
          .prepare(insert)
          .run(...values).lastInsertRowid,
      );
    },
    edit: async (id, job_title) => update('job_title = ?', job_title, id),
    remove: async (id) => update('deleted_at = ?', new Date().toISOString(), id),
    revive: async (id) => update('deleted_at = null', id),
    async destroy(id) {
      database().prepare('delete from contacts where id = ?').run(id);
    },
  };
}
