import type { Database } from './database.ts';
import { duplicate, notFound } from './errors.ts';
import { keyOf, type ObjectName } from './names.ts';
import { quoteString } from './rewrite.ts';
import type { Argument, ColumnDefinition } from './statements.ts';

export interface DatasetEntry {
  readonly kind: 'dataset';
  readonly dataset: string;
  readonly location: string;
  readonly description?: string;
  readonly created: number;
}

export interface TableEntry extends ObjectName {
  readonly kind: 'table';
  readonly columns: readonly ColumnDefinition[];
  readonly partitionBy: string | null;
  readonly clusterBy: readonly string[];
  readonly description?: string;
  readonly created: number;
}

export interface ViewEntry extends ObjectName {
  readonly kind: 'view';
  readonly query: string;
  readonly description?: string;
  readonly created: number;
}

export interface ProcedureEntry extends ObjectName {
  readonly kind: 'procedure';
  readonly args: readonly Argument[];
  readonly body: string;
  readonly description?: string;
  readonly created: number;
}

export type Entry = DatasetEntry | TableEntry | ViewEntry | ProcedureEntry;

/** What DuckDB cannot keep of BigQuery's objects. Lives in the same DuckDB file, so both survive or vanish together. */
export class Catalog {
  readonly #entries = new Map<string, Entry>();
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async open(database: Database): Promise<Catalog> {
    await database.run(
      'CREATE TABLE IF NOT EXISTS main.sandbox_catalog (key VARCHAR PRIMARY KEY, entry VARCHAR NOT NULL)',
    );
    const catalog = new Catalog(database);
    const { rows } = await database.run('SELECT key, entry FROM main.sandbox_catalog');
    // Only put() writes these rows, always as an Entry.
    for (const [key, entry] of rows) catalog.#entries.set(String(key), JSON.parse(String(entry)) as Entry);
    return catalog;
  }

  /** Tables, views and procedures share no names here; in BigQuery only tables and views do. */
  find(name: ObjectName): TableEntry | ViewEntry | ProcedureEntry | undefined {
    const entry = this.#entries.get(keyOf(name));
    return entry?.kind === 'dataset' ? undefined : entry;
  }

  table(name: ObjectName): TableEntry {
    const entry = this.find(name);
    if (entry?.kind !== 'table') throw notFound(`Table ${keyOf(name)}`);
    return entry;
  }

  dataset(dataset: string): DatasetEntry {
    const entry = this.#entries.get(dataset);
    if (entry?.kind !== 'dataset') throw notFound(`Dataset ${dataset}`);
    return entry;
  }

  /** @throws {ApiError} when the dataset is missing or the name is taken */
  mustBeFree(name: ObjectName): void {
    this.dataset(name.dataset);
    if (this.#entries.has(keyOf(name))) throw duplicate(keyOf(name));
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  datasets(): DatasetEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.kind === 'dataset');
  }

  objects(dataset: string): (TableEntry | ViewEntry | ProcedureEntry)[] {
    return [...this.#entries.values()].filter((entry) => entry.kind !== 'dataset').filter((e) => e.dataset === dataset);
  }

  async put(entry: Entry): Promise<void> {
    const key = entry.kind === 'dataset' ? entry.dataset : keyOf(entry);
    await this.#database.run(
      `INSERT OR REPLACE INTO main.sandbox_catalog VALUES (${quoteString(key)}, ${quoteString(JSON.stringify(entry))})`,
    );
    this.#entries.set(key, entry);
  }

  async remove(key: string): Promise<void> {
    await this.#database.run(`DELETE FROM main.sandbox_catalog WHERE key = ${quoteString(key)}`);
    this.#entries.delete(key);
  }
}
