/** What the demo knows of the hub's progress: the ledger's tables, read as an operator would with SQL. */
import pg from 'pg';

export interface Receipt {
  readonly system: string;
  /** Milliseconds since the Unix epoch at which the system was known to have the contact's head. */
  readonly at: number;
}

export class Watch {
  readonly #pool: pg.Pool;
  readonly #died: Promise<never>;

  constructor(ledgerUrl: string, died: Promise<never>) {
    this.#pool = new pg.Pool({ connectionString: ledgerUrl, max: 2 });
    this.#died = died;
  }

  async one<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row> {
    const { rows } = await this.#pool.query<Row>(sql, values);
    const [row] = rows;
    if (row === undefined) throw new Error(`no row: ${sql}`);
    return row;
  }

  /** Waits until `check` gives something, asking again and again. @throws {Error} after `timeoutMs`, or when the hub died */
  async until<T>(what: string, check: () => Promise<T | false>, timeoutMs = 150_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (let pause = 4; ; pause = Math.min(pause * 1.2, 50)) {
      const found = await check();
      if (found !== false) return found;
      if (Date.now() > deadline) throw new Error(`still waiting for: ${what}`);
      await Promise.race([new Promise((resolve) => setTimeout(resolve, pause)), this.#died]);
    }
  }

  /** Everything decided, appended and delivered, with this many contacts known. */
  async quiet(contacts: number, onProgress: (text: string) => void): Promise<void> {
    await this.until(`${contacts} contacts in all systems`, async () => {
      const row = await this.one<{ contacts: number; behind: number; undone: number }>(
        `select (select count(*)::int from contact_sync_ledger.heads where not deleted) as contacts,
           (select count(*)::int from contact_sync_ledger.deliveries where behind) as behind,
           (select count(*)::int from contact_sync_ledger.versions where appended_at is null)
             + (select count(*)::int from contact_sync_ledger.inbox where done_at is null and dead_letter_id is null) as undone`,
      );
      onProgress(`${row.contacts} of ${contacts} contacts known, ${row.behind} deliveries to go`);
      return row.contacts === contacts && row.behind === 0 && row.undone === 0;
    });
  }

  /** Waits until this contact's head says so and every system has it. @returns when each of them got it */
  settled(what: string, contactId: string, field: string, value: string): Promise<readonly Receipt[]> {
    return this.#received(what, contactId, 'v.content::jsonb ->> $2 = $3', [field, value]);
  }

  /** Waits until this contact is deleted in every system. */
  deleted(what: string, contactId: string): Promise<readonly Receipt[]> {
    return this.#received(what, contactId, 'h.deleted', []);
  }

  #received(what: string, contactId: string, head: string, values: readonly string[]): Promise<readonly Receipt[]> {
    return this.until(what, async () => {
      const { receipts } = await this.one<{ receipts: readonly Receipt[] | null }>(
        `select (
           select jsonb_agg(jsonb_build_object('system', r.system, 'at', extract(epoch from r.at) * 1000))
           from (
             select d.target as system, d.delivered_at as at, d.behind from contact_sync_ledger.deliveries d
             where d.contact_id = h.contact_id
             union all
             select 'bigquery', v.appended_at, v.appended_at is null
           ) r
           having bool_and(not r.behind) and count(*) = 4
         ) as receipts
         from contact_sync_ledger.heads h
         join contact_sync_ledger.versions v using (contact_id, version, content_hash)
         where h.contact_id = $1 and ${head}
         union all select null limit 1`,
        [contactId, ...values],
      );
      return receipts ?? false;
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
