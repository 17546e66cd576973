import type { Ledger, OperatorLedger } from '@contact-sync/sync';
import pg from 'pg';
import { Calls } from './calls.ts';
import { PostgresOperatorLedger } from './postgres-operator-ledger.ts';

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
export function openLedger(url: string, options: LedgerOptions = {}): Ledger & OperatorLedger {
  return new PostgresOperatorLedger(
    new Calls(
      new pg.Pool({
        connectionString: url,
        max: options.max ?? 10,
        connectionTimeoutMillis: options.connect_ms ?? 15_000,
        query_timeout: options.answer_ms ?? 60_000,
        keepAlive: true,
        application_name: 'contact-sync',
      }),
    ),
  );
}
