/** How the hub writes and forgets. */
import { type Database, RolledBack } from './database.ts';
import { extendedCode, isOfARow, resultCode } from './fault.ts';
import type { FailedRow, RowOutcome, WrittenRow } from './protocol.ts';

/** The statements that write a batch, in their order. */
export const STEPS = [
  'name_rows',
  'unbury_named',
  'name_tombstones',
  'judge_rows',
  'judge_tombstones',
  'judge_new',
  'write_rows',
  'insert_rows',
  'complete',
  'unbury',
  'bury_rows',
] as const;

/** Writes these deliveries, each a JSON object and each of another contact, as the hub. */
function write(database: Database, rows: readonly string[]): readonly WrittenRow[] {
  database.run('clear');
  database.run('load', `[${rows.join(',')}]`);
  for (const step of STEPS) database.run(step);
  // The columns are those of the statement, which is beside its type in 04-apply.sql.
  return database.all('outcomes') as unknown as readonly WrittenRow[];
}

/** As the hub, in one transaction. */
function asHub<T>(database: Database, work: () => T): T {
  return database.transaction(() => {
    database.run('enter');
    const result = work();
    database.run('leave');
    return result;
  });
}

/**
 * All in one transaction; where a row fails, each behind a savepoint of its own; and where that takes the
 * whole transaction along, as a deferred foreign key does at the commit, each in a transaction of its own.
 */
export function apply(database: Database, rows: readonly string[], isIntact: () => boolean): readonly RowOutcome[] {
  const one = (row: string, within: <T>(work: () => T) => T): RowOutcome => {
    try {
      const [outcome] = within(() => write(database, [row]));
      if (outcome === undefined) throw new Error('a delivery came to nothing');
      return outcome;
    } catch (error) {
      if (!isOfARow(error)) throw error;
      return failed(row, error);
    }
  };
  const attempts = [
    () => asHub(database, () => write(database, rows)),
    () => asHub(database, () => rows.map((row) => one(row, (work) => database.savepoint(work)))),
  ];
  for (const attempt of attempts) {
    try {
      return attempt();
    } catch (error) {
      const cause = error instanceof RolledBack ? error.cause : error;
      if (!isOfARow(cause)) throw cause;
      // A trigger of the user may lack something, and so may contact-sync's own statements: then no row is to blame.
      if (resultCode(cause) === 1 && !isIntact()) throw cause;
    }
  }
  return rows.map((row) => one(row, (work) => asHub(database, work)));
}

/** https://sqlite.org/rescode.html: those whose message SQLite makes of the names of table and column. */
const NAMED: ReadonlySet<number> = new Set([275, 1299, 1555, 2067, 2579, 3091]);

function failed(row: string, error: unknown): FailedRow {
  const errcode = extendedCode(error) ?? 0;
  const named = NAMED.has(errcode) && error instanceof Error ? /: (.{1,200})$/s.exec(error.message)?.[1] : undefined;
  // What was written by deliveryToRow.
  const { contact_id } = JSON.parse(row) as { contact_id: string };
  return { contact_id, outcome: 'failed', errcode, constraint: named ?? null };
}
