import type { Ledger, OperatorLedger, Watching } from '@contact-sync/sync';
import pg from 'pg';
import { Calls } from './calls.ts';
import { PostgresAlerts } from './postgres-alerts.ts';
import { PostgresHealth } from './postgres-health.ts';
import { PostgresOperatorLedger } from './postgres-operator-ledger.ts';
import { PostgresRetention } from './postgres-retention.ts';
import { PostgresSeals } from './postgres-seals.ts';
import { PostgresTurns } from './postgres-turns.ts';

/** The ledger: what the flow needs, what people ask, and what those need who watch. They share their connections. */
export type OpenLedger = Ledger & OperatorLedger & { readonly watching: Watching };

/** How the ledger uses its database. */
export interface LedgerOptions {
  /** Connections at most; default 10. */
  readonly max?: number;
  /** How long to wait for a connection, in milliseconds; default 15 seconds. */
  readonly connect_ms?: number;
  /**
   * How long to wait for an answer, in milliseconds; default 60 seconds. A server that vanished without a goodbye would
   * be waited for until TCP gives up.
   */
  readonly answer_ms?: number;
  /** A contact that has gained so many accepted versions within a minute is braked, see `Ledger`; default 60. */
  readonly storm?: number;
}

/**
 * Opens the ledger in a Postgres database; connects when first used. Its methods throw
 *
 * - {@link OutageError} `LEDGER_UNREACHABLE`, `LEDGER_NOT_INSTALLED`, `LEDGER_DENIED`; from `install` also
 *   `LEDGER_NOT_OWNED`
 * - {@link TransientError} `LEDGER_BUSY`
 *
 * @param url `postgres://…`
 */
export function openLedger(url: string, options: LedgerOptions = {}): OpenLedger {
  const calls = new Calls(
    new pg.Pool({
      connectionString: url,
      max: options.max ?? 10,
      connectionTimeoutMillis: options.connect_ms ?? 15_000,
      query_timeout: options.answer_ms ?? 60_000,
      keepAlive: true,
      application_name: 'contact-sync',
    }),
  );
  return Object.assign(new PostgresOperatorLedger(calls, options.storm ?? 60), {
    watching: {
      health: new PostgresHealth(calls),
      seals: new PostgresSeals(calls),
      alerts: new PostgresAlerts(calls),
      turns: new PostgresTurns(calls),
      retention: new PostgresRetention(calls),
    },
  });
}
