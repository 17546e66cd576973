import type { AlertLedger } from './alerts-port.ts';
import type { HealthLedger } from './health-port.ts';
import type { RetentionLedger } from './retention-port.ts';
import type { SealLedger } from './seals-port.ts';
import type { TurnLedger } from './turns-port.ts';

/** What the ledger does for those who watch. */
export interface Watching {
  readonly health: HealthLedger;
  readonly seals: SealLedger;
  readonly alerts: AlertLedger;
  readonly turns: TurnLedger;
  readonly retention: RetentionLedger;
}
