import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const FILES = [
  'changes',
  'contact_versions',
  'contacts',
  'contacts_all',
  'delete_contact',
  'digests',
  'edit_contact',
  'heads',
  'history',
  'scan',
  'scan_buckets',
  'sync_conflicts',
  'sync_conflicts_open',
] as const;
export type SqlFile = (typeof FILES)[number];

const read = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8').trimEnd();

/**
 * The statements of the .sql files for one dataset. `{stamp}` becomes a digest of the file, so that install can tell
 * from a view's description and from a comment in the procedure whether they are those of this release.
 */
export class Sql {
  readonly #texts: ReadonlyMap<SqlFile, string>;

  /** @param dataset as BigQuery allows: letters, digits, underscores; optionally `project.` before it */
  constructor(dataset: string) {
    if (!/^(?:[\w:.-]+\.)?\w+$/.test(dataset)) throw new RangeError('not the name of a BigQuery dataset');
    const head = read('head');
    const columns = read('columns');
    this.#texts = new Map(
      FILES.map((name) => [
        name,
        read(name).replaceAll('{head}', head).replaceAll('{columns}', columns).replaceAll('{dataset}', dataset),
      ]),
    );
  }

  text(name: SqlFile): string {
    return this.#raw(name).replaceAll('{stamp}', this.stamp(name));
  }

  /** Changes whenever the file does. */
  stamp(name: SqlFile): string {
    return `[contact-sync ${createHash('sha256').update(this.#raw(name)).digest('hex').slice(0, 12)}]`;
  }

  #raw(name: SqlFile): string {
    const text = this.#texts.get(name);
    if (text === undefined) throw new Error(`no such SQL file: ${name}`);
    return text;
  }
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly default: string | null;
}

const COLUMN = /^ {2}(\w+) (INT64|STRING|BOOL|TIMESTAMP|JSON)(?: DEFAULT (.+?))?(?: NOT NULL)?,?$/gm;

/** The columns of a CREATE TABLE of ours. */
export function columnsOf(createTable: string): Column[] {
  return [...createTable.matchAll(COLUMN)].map(([, name = '', type = '', value]) => ({
    name,
    type,
    default: value ?? null,
  }));
}
