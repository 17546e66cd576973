/** The local database as a program beside the hub uses it, in Postgres or in SQLite. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import pg from 'pg';

type Rows = readonly Record<string, unknown>[];
export type Query = (sql: string, values?: readonly unknown[]) => Promise<{ readonly rows: Rows }>;

export interface Local {
  readonly kind: 'postgres' | 'sqlite';
  /** SQL that both understand, with parameters `$1`, `$2` … */
  readonly query: Query;
  /** Contacts by the names of their columns, in one statement. */
  insert(rows: readonly object[]): Promise<void>;
  /** Statements that nobody sees before all of them are done. */
  transaction(run: (query: Query) => Promise<unknown>): Promise<void>;
  /** What is not deleted, JSON columns as values. */
  contacts(): Promise<Rows>;
  close(): Promise<void>;
}

/** @param url of a Postgres, or `sqlite:path` */
export function openLocal(url: string): Local {
  return url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openPostgres(url);
}

const COLUMNS = [
  ['canonical_name', 'text'],
  ['given_name', 'text'],
  ['family_name', 'text'],
  ['emails', 'json'],
  ['phones', 'json'],
  ['organization', 'text'],
  ['job_title', 'text'],
  ['linkedin_url', 'text'],
  ['category_code', 'text'],
  ['subcategory_code', 'text'],
  ['llm_context', 'json'],
] as const;
const NAMES = COLUMNS.map(([name]) => name).join(', ');
const LIVE = 'select * from contacts where deleted_at is null';

function openPostgres(url: string): Local {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => {}); // an idle connection was lost: the next query makes another
  const query: Query = (sql, values = []) => pool.query<Record<string, unknown>>(sql, [...values]);
  return {
    kind: 'postgres',
    query,
    async insert(rows) {
      const sql = `insert into contacts (${NAMES}) select ${NAMES} from jsonb_populate_recordset(null::contacts, $1::jsonb)`;
      await query(sql, [JSON.stringify(rows)]);
    },
    async transaction(run) {
      const client = await pool.connect();
      let done = false;
      try {
        await client.query('begin');
        await run((sql, values = []) => client.query<Record<string, unknown>>(sql, [...values]));
        await client.query('commit');
        done = true;
      } finally {
        client.release(!done);
      }
    },
    contacts: async () => (await query(LIVE)).rows,
    close: () => pool.end(),
  };
}

function openSqlite(path: string): Local {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  const query: Query = async (sql, values = []) => {
    const statement = database.prepare(sql);
    // Values are those of the scenario: text, numbers and null.
    const named = Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value as SQLInputValue]));
    return { rows: values.length === 0 ? statement.all() : statement.all(named) };
  };
  return {
    kind: 'sqlite',
    query,
    async insert(rows) {
      const fields = COLUMNS.map(([name, type]) => `value ${type === 'json' ? '->' : '->>'} '${name}'`);
      await query(`insert into contacts (${NAMES}) select ${fields} from json_each($1)`, [JSON.stringify(rows)]);
    },
    async transaction(run) {
      database.exec('begin immediate');
      try {
        await run(query);
        database.exec('commit');
      } catch (error) {
        database.exec('rollback');
        throw error;
      }
    },
    async contacts() {
      const { rows } = await query(LIVE);
      const json = COLUMNS.filter(([, type]) => type === 'json').map(([name]) => name);
      const parsed = (row: Rows[number]) => json.map((name) => [name, row[name] && JSON.parse(String(row[name]))]);
      return rows.map((row) => ({ ...row, ...Object.fromEntries(parsed(row)) }));
    },
    close: async () => database.close(),
  };
}
