import type { Forgotten, RetentionLedger } from '@contact-sync/sync';
import type { Calls } from './calls.ts';

/** Each kind is a call of its own, so that nothing is locked for longer than its page takes: see `sql/18-retention.sql`. */
export class PostgresRetention implements RetentionLedger {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  async forget(older_than_days: number, limit: number): Promise<Forgotten> {
    const page = (kind: keyof Forgotten) =>
      this.#calls.call<number>('forget($1, $2::interval, $3)', [kind, `${older_than_days} days`, limit]);
    return {
      inbox: await page('inbox'),
      versions: await page('versions'),
      receipts: await page('receipts'),
      dead_letters: await page('dead_letters'),
      conflicts: await page('conflicts'),
      actions: await page('actions'),
      alerts: await page('alerts'),
    };
  }
}
