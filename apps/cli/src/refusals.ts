import type { Refused, Summary } from '@contact-sync/address-book';
import type { ImportSummary } from '@contact-sync/sync';
import { table } from './table.ts';

/** One reason why a row or card was not taken over. Holds nothing of a contact. */
export interface Refusal {
  readonly line: number;
  readonly field: string;
  readonly code: string;
  /** English, for who mends the file. */
  readonly message: string;
}

/** So many refused entries a table shows. */
const SHOWN = 20;

/** What a file, and then the hub, did not take. */
export class Refusals {
  readonly #entries: Refused[] = [];
  readonly #most: number;

  /** @param few whether only those that are shown are kept: nobody wants the others */
  constructor(few: boolean) {
    this.#most = few ? SHOWN : Number.POSITIVE_INFINITY;
  }

  add(entry: Refused): void {
    if (this.#entries.length < this.#most) this.#entries.push(entry);
  }

  /** Those that were kept, in the order of the file, then the hub's, of which there are the first hundred. */
  all(imported: ImportSummary | null): readonly Refusal[] {
    const ofFile = this.#entries.flatMap(({ line, problems }) => problems.map((problem) => ({ line, ...problem })));
    const ofHub = (imported?.refusals ?? []).map(({ line, code, message }) => ({ line, field: '', code, message }));
    return [...ofFile, ...ofHub];
  }

  /** The first of them as a table; `null`: nothing was refused. */
  shown(file: Summary, imported: ImportSummary | null): string | null {
    const refused = file.refused + (imported?.refused ?? 0);
    if (refused === 0) return null;
    const all = this.all(imported);
    const lines = new Set([...new Set(all.map(({ line }) => line))].slice(0, SHOWN));
    const list = table(
      ['line', 'field', 'code', 'why it was refused'],
      all
        .filter(({ line }) => lines.has(line))
        .map(({ line, field, code, message }) => [line, field || null, code, message]),
    );
    return refused <= lines.size ? list : `${list}\n… ${refused - lines.size} more: --report has them all`;
  }
}
