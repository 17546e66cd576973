/** What operators are tried with: a desk on the stage, contacts, ties, and parts that count what is asked of them. */
import { type ContactId, contactId } from '@contact-sync/contact';
import { openServices, type Services } from '@contact-sync/hub';
import {
  type Asker,
  Desk,
  type OperatorLedger,
  type Page,
  type Parts,
  type SealLedger,
  type Watching,
} from '@contact-sync/sync';
import pg from 'pg';
import { SILENT } from './services-rig.ts';
import { type Stage, unique } from './services-stage.ts';

export const ann: Asker = { by: 'ann', via: 'program', key: null };
export const bob: Asker = { by: 'bob', via: 'console', key: null };

export interface Desks {
  readonly stage: Stage;
  readonly services: Services;
  readonly desk: Desk;
  readonly parts: Parts;
  readonly records: OperatorLedger;
  readonly seals: SealLedger;
  /** A contact that all four systems have. */
  born(title?: string): Promise<{ readonly id: ContactId; readonly record_id: string; readonly title: string }>;
  /** Hears of what was edited in the local database. */
  heard(record_id: string): Promise<void>;
  /** Two edits of one rank. @returns the conflict's id */
  tied(id: ContactId, record_id: string, local: string | null, supabase: string): Promise<string>;
  /** On the ledger's tables, as its owner. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function openDesks(stage: Stage): Promise<Desks> {
  const services = await openServices(stage.env, { log: SILENT });
  const ledger = new pg.Client({
    connectionString: stage.env.LEDGER_URL,
    options: '-c search_path=contact_sync_ledger',
  });
  await ledger.connect();
  const heard = async (record_id: string) => void (await services.local.syncFromLocalToBigQuery(record_id));
  return {
    ...{ stage, services, heard },
    desk: services.desk,
    parts: services.parts,
    // The ledger is all of them.
    records: services.parts.ledger as unknown as OperatorLedger,
    seals: (services.parts.ledger as unknown as { readonly watching: Watching }).watching.seals,
    async born(title = unique('born')) {
      const { record_id } = await stage.hands.local.create(unique('Ada Contact'), title);
      const { contact_id } = await services.local.syncFromLocalToBigQuery(record_id);
      return { id: contactId(contact_id), record_id, title };
    },
    async tied(id, record_id, local, supabase) {
      const time = '2026-11-20T10:00:00Z';
      // Whoever writes both columns chooses the rank.
      const rank = 'version = version + 1, last_updated = $2 where contact_id = $1 returning version';
      const { rows } =
        local === null
          ? await stage.clients.local.query(`update contacts set deleted_at = $2, ${rank}`, [id, time])
          : await stage.clients.local.query(`update contacts set job_title = $3, ${rank}`, [id, time, local]);
      const other = { job_title: supabase, version: Number(rows[0]?.version), last_updated: time };
      const row = await stage.clients.supabase
        .from('contacts')
        .update(other)
        .eq('contact_id', id)
        .select('id')
        .single();
      await heard(record_id);
      const outcome = await services.supabase.syncFromSupabaseToBigQuery(String(row.data?.id));
      if (outcome.conflict_id === null) throw new Error('no tie');
      return outcome.conflict_id;
    },
    sql: async (text, values = []) => (await ledger.query(text, [...values])).rows,
    async close() {
      await ledger.end();
      await services.close();
    },
  };
}

/** Every item, page by page. */
export async function allOf<Item>(page: (after?: string) => Promise<Page<Item>>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let after: string | undefined; ; ) {
    const { items: some, next } = await page(after);
    items.push(...some);
    if (next === null) return items;
    after = next;
  }
}

/** A desk whose parts count what is asked of ledger, BigQuery and the systems, by the names of their methods. */
export function counting({ parts, records, seals }: Pick<Desks, 'parts' | 'records' | 'seals'>) {
  const calls: string[] = [];
  const counted = <T extends object>(part: T, name: string): T =>
    new Proxy(part, {
      get(target, key) {
        const found: unknown = Reflect.get(target, key, target);
        if (typeof found !== 'function') return found;
        return (...args: unknown[]) => {
          calls.push(`${name}.${String(key)}`);
          return found.apply(target, args);
        };
      },
    });
  const { supabase, local, twenty } = parts.targets;
  const targets = {
    supabase: counted(supabase, 'supabase'),
    local: counted(local, 'local'),
    twenty: counted(twenty, 'twenty'),
  };
  const watched = {
    ...parts,
    ledger: counted(parts.ledger, 'ledger'),
    canonical: counted(parts.canonical, 'bigquery'),
    targets,
  };
  return { calls, desk: new Desk(watched, records, counted(seals, 'seals')) };
}

/** Of a process that is killed before it can say that an action ended. */
export const endless = (records: OperatorLedger): OperatorLedger =>
  new Proxy(records, {
    get(target, key) {
      if (key === 'endAction') return () => Promise.reject(new Error('killed'));
      const found: unknown = Reflect.get(target, key, target);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
