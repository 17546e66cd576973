import { type FaultCount, type HealthLedger, type LedgerHealth, SYSTEMS, type WorkerBeat } from '@contact-sync/sync';
import type { Calls } from './calls.ts';
import { jsonOf } from './plan.ts';

/** Each method calls one function of `sql/14-health.sql`. */
export class PostgresHealth implements HealthLedger {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  health(window_s: number, storm: number): Promise<LedgerHealth> {
    return this.#calls.call('health($1::text[], $2, $3)', [SYSTEMS, window_s, storm]);
  }

  async beat(
    { worker_id, waiting, failing }: Pick<WorkerBeat, 'worker_id' | 'waiting' | 'failing'>,
    faults: readonly FaultCount[],
  ): Promise<void> {
    await this.#calls.call('beat($1, $2::jsonb, $3::jsonb, $4::jsonb)', [
      worker_id,
      jsonOf(waiting),
      jsonOf(failing),
      jsonOf(faults),
    ]);
  }

  async leave(workerId: string): Promise<void> {
    await this.#calls.call('leave($1)', [workerId]);
  }
}
