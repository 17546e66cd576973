import { type ContactId, compareRank } from '@contact-sync/contact';
import type { DeadLetter, KnownVersion, System } from '@contact-sync/sync';
import type { Edit, Witness } from '../witness.ts';
import type { World } from '../world.ts';

const TOKEN = /\bt\d+\b/g;

/** What a history left behind, in the forms in which the checks ask for it. */
export class Evidence {
  readonly world: World;
  readonly witness: Witness;
  /**
   * Every version, as the ledger judged it. An analyst's row lies in BigQuery as accepted before anybody judged it.
   */
  readonly history: readonly KnownVersion[];
  /** Of each contact the highest accepted version. */
  readonly heads: ReadonlyMap<ContactId, KnownVersion>;
  readonly rowsOf: ReadonlyMap<ContactId, readonly KnownVersion[]>;
  /** The rows in which a text stands that one edit wrote. */
  readonly rowsWith: ReadonlyMap<string, readonly KnownVersion[]>;
  /** By BigQuery's events. */
  readonly openConflicts: ReadonlySet<string>;
  readonly openLetters: readonly DeadLetter[];

  constructor(world: World, witness: Witness) {
    this.world = world;
    this.witness = witness;
    this.history = world.ledger.view.versions();
    const rowsWith = new Map<string, KnownVersion[]>();
    for (const row of this.history)
      for (const token of tokensIn(row.content)) rowsWith.set(token, [...(rowsWith.get(token) ?? []), row]);
    this.rowsWith = rowsWith;
    this.rowsOf = Map.groupBy(this.history, ({ contact_id }) => contact_id);
    const heads = new Map<ContactId, KnownVersion>();
    for (const row of this.history) {
      if (row.status !== 'accepted') continue;
      const head = heads.get(row.contact_id);
      if (head === undefined || compareRank(row, head) > 0) heads.set(row.contact_id, row);
    }
    this.heads = heads;
    const open = new Set<string>();
    const ended = new Set<string>();
    for (const { conflict_id, event } of world.servers.bigquery.conflicts)
      (event === 'resolved' || event === 'superseded' ? ended : open).add(conflict_id);
    this.openConflicts = open.difference(ended);
    this.openLetters = world.ledger.view.deadLetters().filter(({ status }) => status === 'open');
  }

  /** Whether the hub has told the system that it has this edit. */
  isAcknowledged({ system, keys }: Edit): boolean {
    return system !== 'twenty' || keys.some((key) => this.world.acknowledged.has(key));
  }

  /** Which contact a record stands for, as far as anybody knows. */
  contactOf({ system, record_id, record, token }: Edit): ContactId | null {
    const [row] = this.rowsWith.get(token ?? '') ?? [];
    const now = this.world.servers[system].records().find((one) => one.record_id === record_id);
    return row?.contact_id ?? this.linkOf(system, record_id) ?? now?.contact_id ?? record.contact_id;
  }

  linkOf(system: System, record_id: string): ContactId | undefined {
    const links = this.world.ledger.view.links();
    return links.find((link) => link.system === system && link.record_id === record_id)?.contact_id;
  }

  /** A contact whose systems may differ, since a person has to look first. */
  isExcused(contact_id: ContactId, system: System): boolean {
    if ([...this.openConflicts].some((id) => id.startsWith(`${contact_id}-`))) return true;
    return this.openLetters.some(
      (letter) =>
        letter.system === system &&
        (letter.contact_id === contact_id || this.#isRecordOf(letter.key, system, contact_id)),
    );
  }

  #isRecordOf(record_id: string, system: System, contact_id: ContactId): boolean {
    return this.world.servers[system]
      .records()
      .some((record) => record.record_id === record_id && record.contact_id === contact_id);
  }
}

export const tokensIn = (value: unknown): readonly string[] =>
  value === null ? [] : [...new Set(JSON.stringify(value).match(TOKEN) ?? [])];

/** The text that was written last of those that stand in it: texts are counted up. */
export function newestIn(value: unknown): string | undefined {
  return [...tokensIn(value)].sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)))[0];
}
