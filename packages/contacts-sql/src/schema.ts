import { readFileSync } from 'node:fs';

/** The version that {@link contactsSql} installs and `contact_sync_schema()` reports. */
export const SCHEMA_VERSION = 1;

const FILES = ['01-tables.sql', '02-triggers.sql', '03-apply.sql', '04-read.sql', '05-grants.sql'] as const;

/**
 * The whole schema as one script, for a new database and for one with an earlier version alike; twice does nothing the
 * second time. Run it as one simple query (`client.query(text)`, a migration file, an SQL editor, `psql -1`): that is
 * one transaction. Fails with SQLSTATE `CS001` beside a foreign table `public.contacts`, and with `CS002` where a newer
 * version is installed.
 */
export function contactsSql(): string {
  return FILES.map((name) => readFileSync(new URL(`../sql/${name}`, import.meta.url), 'utf8')).join('\n');
}

/** What {@link contactsSql} creates, for people who want to know beforehand. */
export const INSTALL_STEPS = [
  { what: 'create the table public.contacts, with row level security' },
  { what: 'create the schema contact_sync with outbox, tombstones and schema_version' },
  { what: 'create the triggers that count versions and fill the outbox' },
  { what: 'create the functions public.contact_sync_apply, _changes, _ack, _fetch, _scan and _schema' },
] as const;

/** The channel on which triggers notify after an edit. */
export const CHANNEL = 'contact_sync';
