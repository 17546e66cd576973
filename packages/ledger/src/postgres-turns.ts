import { SCHEDULES, type ScheduleName, type Turn, type TurnLedger, type TurnRecord } from '@contact-sync/sync';
import type { Calls } from './calls.ts';

const PAUSED = '-1';
const MAX_NAME = 200;

/** Each method calls one function of `sql/17-turns.sql`. */
export class PostgresTurns implements TurnLedger {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  async beginTurn(name: ScheduleName, lease_ms: number, force = false): Promise<Turn | 'held' | 'paused'> {
    // A bigint comes as text.
    const run = await this.#calls.call<string | null>('begin_turn($1, $2::interval, $3)', [
      name,
      interval(lease_ms),
      force,
    ]);
    if (run === null) return 'held';
    return run === PAUSED ? 'paused' : { name, turn_id: run };
  }

  renewTurn({ name, turn_id }: Turn, lease_ms: number): Promise<boolean> {
    return this.#calls.call('renew_turn($1, $2::bigint, $3::interval)', [name, turn_id, interval(lease_ms)]);
  }

  async endTurn({ name, turn_id }: Turn, outcome: 'done' | 'failed', code: string | null): Promise<void> {
    await this.#calls.call('end_turn($1, $2::bigint, $3, $4)', [name, turn_id, outcome, code]);
  }

  async turns(): Promise<readonly TurnRecord[]> {
    const rows = await this.#calls.call<TurnRecord[]>('turns()', []);
    // One of another version of the hub may have been kept.
    return rows.filter(({ name }) => SCHEDULES.includes(name));
  }

  async pauseSchedule(name: ScheduleName, by: string): Promise<void> {
    await this.#calls.call('pause_schedule($1, $2)', [name, by.slice(0, MAX_NAME).toWellFormed()]);
  }

  async resumeSchedule(name: ScheduleName): Promise<void> {
    await this.#calls.call('resume_schedule($1)', [name]);
  }
}

const interval = (ms: number): string => `${ms} milliseconds`;
