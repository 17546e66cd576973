/** Alerting on a ledger of its own, in a database that each test finds empty. */
import { type OpenLedger, openLedger } from '@contact-sync/ledger';
import type { Ambient, Log } from '@contact-sync/sync';
import { testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { type Alerting, type AlertingParts, createAlerting, type Observation, type Sink } from '../../src/index.ts';
import { observed, THRESHOLDS } from './rig.ts';

export const ambient: Ambient = {
  now: () => Date.now(),
  random: () => 0.5,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const AT_ONCE = { ...THRESHOLDS, after_ms: 0, resolve_ms: 0 };
/** What failed is not tried again before a test has it be due. */
export const PATIENCE = { again_ms: 1, base_ms: 60_000, cap_ms: 60_000, break_ms: 1, timeout_ms: 5_000 };

export const TIED = observed({ ledger: { conflicts: 2 } });
export const WELL = observed();

/** Remembers what it was told. */
export function ear(name: Sink['name'] = 'log'): Sink & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    name,
    heard,
    async send({ event, alert }) {
      heard.push(`${event} ${alert.code}`);
    },
    close() {},
  };
}

export interface AlertRig {
  readonly url: string;
  readonly ledger: OpenLedger;
  /** On the rig's ledger, unless told otherwise. */
  alerting(sinks: readonly Sink[], more?: Partial<AlertingParts>): Alerting;
  /** Has whoever looks from now on see this. */
  show(seen: Observation): void;
  /** A round of whoever sees this. */
  sees(one: Alerting, seen: Observation): ReturnType<Alerting['round']>;
  /** Notices that failed may be tried again. */
  due(): Promise<unknown>;
  empty(): Promise<unknown>;
  close(): Promise<void>;
}

export async function alertRig(): Promise<AlertRig> {
  const database = await testDatabase();
  const ledger = openLedger(database.url);
  await ledger.install();
  const owner = new pg.Pool({ connectionString: database.url, max: 1 });
  owner.on('error', () => undefined);
  let shown = WELL;
  return {
    url: database.url,
    ledger,
    alerting: (sinks, more = {}) =>
      createAlerting({
        watching: ledger.watching,
        observe: async () => shown,
        thresholds: AT_ONCE,
        sinks,
        log: SILENT,
        ambient,
        patience: PATIENCE,
        ...more,
      }),
    show(seen) {
      shown = seen;
    },
    sees(one, seen) {
      shown = seen;
      return one.round();
    },
    due: () => owner.query('update contact_sync_ledger.alert_notices set due_at = now() where sent_at is null'),
    empty: () => owner.query('truncate contact_sync_ledger.alerts, contact_sync_ledger.actions cascade'),
    async close() {
      await ledger.close();
      await owner.end();
      await database.close();
    },
  };
}
