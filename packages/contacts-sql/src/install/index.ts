import { type InstallStep, OutageError } from '@contact-sync/sync';
import { z } from 'zod';
import type { TableMapping } from '../mapping.ts';
import { contactsSql, SCHEMA_VERSION } from '../schema.ts';
import { quotedTable } from '../shape.ts';
import { identifier } from '../template.ts';
import { fit } from './fit.ts';
import { installedBefore, lookAt, type Query } from './inspect.ts';
import { contradictions, planOf } from './plan.ts';

export type { Query } from './inspect.ts';

export interface Naming {
  /** As named in messages: `the local database`. */
  readonly system: string;
  /** Of the code of an error. */
  readonly prefix: string;
}

/** A program that holds the table longer than this is not waited for. */
const LOCK_TIMEOUT = '10s';

/**
 * Looks at the table, plans, and installs, all in one transaction on the connection behind `query`, which must not cut
 * a long statement off: the rows of an adopted table may be many.
 *
 * @returns what was done or would be; empty when all is there
 * @throws {OutageError} `…_CANNOT_ADOPT` with everything that stands in the way; `…_TABLE_EXISTS` for a table of
 *   somebody else that no mapping adopts; `…_NEWER`; `…_UNREAD_EDITS`. `…` is the prefix
 * @throws what `query` throws
 */
export async function installContacts(
  query: Query,
  mapping: TableMapping,
  { dryRun, system, prefix }: Naming & { readonly dryRun: boolean },
): Promise<readonly InstallStep[]> {
  await query(dryRun ? 'begin transaction isolation level repeatable read, read only' : 'begin');
  try {
    const done = await withinTransaction(query, mapping, { dryRun, system, prefix });
    await query(dryRun ? 'rollback' : 'commit');
    return done;
  } catch (error) {
    await query('rollback').catch(() => {}); // the connection may be what failed
    throw error;
  }
}

async function withinTransaction(
  query: Query,
  mapping: TableMapping,
  { dryRun, system, prefix }: Naming & { readonly dryRun: boolean },
): Promise<readonly InstallStep[]> {
  const [setting] = await query(`select current_setting('search_path') as search_path`);
  const { search_path } = z.object({ search_path: z.string() }).parse(setting);
  await query(`set local search_path = ''; set local statement_timeout = 0; set local client_min_messages = warning`);
  // Two processes at once: the second finds what the first has done.
  if (!dryRun) await query(`select pg_advisory_xact_lock(hashtextextended('contact_sync install', 0))`);

  const before = await installedBefore(query);
  if (before !== null && before.version > SCHEMA_VERSION)
    throw new OutageError(`${prefix}_NEWER`, `${system} has the tables of a newer contact-sync`, {
      advice: 'update contact-sync',
    });
  const table = await lookAt(query, mapping);
  if (!mapping.adopt && before === null && table !== null)
    throw new OutageError(`${prefix}_TABLE_EXISTS`, `${system} has a table ${mapping.table} of somebody else`, {
      advice: 'adopt it by a mapping, or move it away: contact-sync needs the name',
    });
  const fitted = fit(mapping, table, before?.added ?? [], search_path);
  const problems = [...contradictions(before, mapping), ...fitted.problems];
  if (problems.length > 0)
    throw new OutageError(`${prefix}_CANNOT_ADOPT`, `${system} does not fit the mapping of its contacts`, {
      advice: problems.join('; '),
    });

  const adopting = mapping.adopt && before === null;
  const gone = table?.columns.some(({ name }) => name === mapping.sync.deleted_at)
    ? `where ${identifier(mapping.sync.deleted_at)} is null`
    : '';
  const rows = adopting ? await count(query, `${quotedTable(mapping)} ${gone}`) : 0;
  const { steps, occasion, respelled } = planOf(mapping, table, fitted, before, rows);
  if (steps.length === 0 || dryRun) return steps;

  await query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
  // Edits that wait say nothing of a field which was not held then, and all that is to be said of one which still is.
  if (respelled.length > 0) {
    await query(`lock table ${quotedTable(mapping)} in share row exclusive mode`);
    const waiting = await count(query, 'contact_sync.outbox');
    if (waiting > 0)
      throw new OutageError(
        `${prefix}_UNREAD_EDITS`,
        `${waiting} edits were made while ${respelled.join(', ')} was held in another way`,
        {
          advice: 'let contact-sync read them under the mapping before, then run contact-sync init again',
        },
      );
  }
  await query(contactsSql(mapping, fitted.shape, occasion));
  return steps;
}

async function count(query: Query, from: string): Promise<number> {
  const [row] = await query(`select count(*)::text as count from ${from}`);
  return Number(z.object({ count: z.string() }).parse(row).count);
}
