/** What all writers share: who there is to edit, tokens that nobody uses twice, and the log of what was acknowledged. */
import type { Clients } from '@contact-sync/demo';
import type pg from 'pg';
import { z } from 'zod';
import type { AckLog, Pool, System } from '../edits.ts';
import { POOLS } from '../edits.ts';
import type { Chance } from '../seeded.ts';
import { GIVEN_NAME, type Hand, hands } from './hands.ts';

export interface Known {
  readonly contact_id: string;
  readonly pool: Pool;
  /** `pool-number`. */
  readonly name: string;
  readonly version: number;
  readonly deleted: boolean;
}

const knownRow = z.looseObject({
  contact_id: z.string(),
  canonical_name: z.string(),
  version: z.coerce.number(),
  deleted_at: z.unknown(),
});

export class Desk {
  readonly clients: Clients;
  readonly hands: Readonly<Record<System, Hand>>;
  readonly log: AckLog;
  readonly chance: Chance;
  readonly ledger: pg.Pool;
  /** What every token begins with. */
  readonly mark: string;
  /** Contacts that one writer alone may touch for the time being. */
  readonly taken = new Set<string>();
  #tokens = 0;
  #names = 0;
  #known: readonly Known[] = [];

  constructor(options: {
    readonly clients: Clients;
    readonly log: AckLog;
    readonly chance: Chance;
    readonly ledger: pg.Pool;
    readonly mark: string;
  }) {
    this.clients = options.clients;
    this.hands = hands(options.clients);
    this.log = options.log;
    this.chance = options.chance;
    this.ledger = options.ledger;
    this.mark = options.mark;
  }

  token(): string {
    this.#tokens++;
    return `${this.mark}-${String(this.#tokens).padStart(6, '0')}`;
  }

  name(pool: Pool): string {
    this.#names++;
    return `${pool}-${this.#names}`;
  }

  email = (name: string): string => `${name}@${this.mark}.example`;

  /** Reads who there is, as the local database shows them. */
  async refresh(): Promise<void> {
    const { rows } = await this.clients.local.query(
      'select contact_id, canonical_name, version, deleted_at from contacts where contact_id is not null order by contact_id',
    );
    this.#known = rows.flatMap((row) => {
      const { contact_id, canonical_name, version, deleted_at } = knownRow.parse(row);
      const name = canonical_name.replace(`${GIVEN_NAME} `, '');
      const pool = POOLS.find((one) => name.startsWith(`${one}-`));
      return pool === undefined ? [] : [{ contact_id, pool, name, version, deleted: deleted_at !== null }];
    });
  }

  of(pool: Pool): readonly Known[] {
    return this.#known.filter((known) => known.pool === pool && !this.taken.has(known.contact_id));
  }

  /**
   * Of these contacts those of which nothing is under way, every SQL system holds the head, and nobody has to decide: an
   * edit made now is the only one.
   */
  async calmAmong(known: readonly Known[]): Promise<readonly Known[]> {
    const { rows } = await this.ledger.query<{ contact_id: string }>(CALM, [known.map(({ contact_id }) => contact_id)]);
    const calm = new Set(rows.map(({ contact_id }) => contact_id));
    return known.filter(({ contact_id }) => calm.has(contact_id));
  }

  /** @returns the version that every SQL system and the ledger have of a contact, `null` when it is not calm */
  async calm(contactId: string): Promise<number | null> {
    const { rows } = await this.ledger.query<{ version: string }>(CALM, [[contactId]]);
    const version = Number(rows[0]?.version ?? 0);
    if (version === 0) return null;
    const { rows: local } = await this.clients.local.query(
      'select version from contacts where contact_id = $1 and deleted_at is null',
      [contactId],
    );
    const { data } = await this.clients.supabase
      .from('contacts')
      .select('version')
      .eq('contact_id', contactId)
      .is('deleted_at', null);
    return Number(local[0]?.version) === version && Number(data?.[0]?.version) === version ? version : null;
  }
}

const CALM = `
  select h.contact_id::text, h.version::text
  from contact_sync_ledger.heads h
  join contact_sync_ledger.versions v using (contact_id, version, content_hash)
  where h.contact_id = any ($1) and not h.deleted and v.appended_at is not null
    and not exists (select from contact_sync_ledger.conflicts c where c.contact_id = h.contact_id and c.status = 'open')
    and not exists (
      select from contact_sync_ledger.deliveries d
      where d.contact_id = h.contact_id and d.target <> 'twenty'
        and (d.behind or d.dead_letter_id is not null or d.version is distinct from h.version))
    and not exists (
      select from contact_sync_ledger.inbox i
      where i.contact_id = h.contact_id and i.done_at is null)`;
