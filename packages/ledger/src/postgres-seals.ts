import type { ContactId } from '@contact-sync/contact';
import {
  type BucketDigest,
  type DriftReport,
  type LinkedRecord,
  type Seal,
  type SealLedger,
  SYSTEMS,
  type System,
} from '@contact-sync/sync';
import type { Calls } from './calls.ts';
import { jsonOf } from './plan.ts';

/** Each method calls one function of `sql/15-seals.sql`. */
export class PostgresSeals implements SealLedger {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  standingDigests(system: System): Promise<readonly BucketDigest[]> {
    return this.#calls.call('standing_digests($1)', [system]);
  }

  seals(system: System): Promise<readonly Seal[]> {
    return this.#calls.call('seals($1)', [system]);
  }

  async seal(system: System, seals: readonly Seal[]): Promise<void> {
    await this.#calls.call('seal($1, $2::jsonb)', [system, jsonOf(seals)]);
  }

  linkedIn(system: System, buckets: readonly number[]): Promise<readonly LinkedRecord[]> {
    return this.#calls.call('linked_in($1, $2::integer[])', [system, buckets]);
  }

  unlinked(system: System, after: ContactId | null, limit: number): Promise<readonly ContactId[]> {
    return this.#calls.call('unlinked($1, $2::bigint, $3)', [system, after ?? '0', limit]);
  }

  async keepLook(report: DriftReport): Promise<void> {
    await this.#calls.call('keep_look($1, $2::timestamptz, $3::jsonb)', [
      report.system,
      report.started_at,
      jsonOf(report),
    ]);
  }

  async lastReports(): Promise<Readonly<Record<System, DriftReport | null>>> {
    const kept = await this.#calls.call<Partial<Record<System, DriftReport>>>('last_looks()', []);
    const reports = SYSTEMS.map((system) => [system, kept[system] ?? null] as const);
    // One entry for each of SYSTEMS.
    return Object.fromEntries(reports) as Record<System, DriftReport | null>;
  }
}
