/** What is wrong now, from one observation: pure. */
import { type AlertCode, SYSTEMS } from '@contact-sync/sync';
import type { Observation, Thresholds } from './observation.ts';
import { hubVerdicts } from './rules-hub.ts';
import { verdictsOn } from './rules-systems.ts';
import type { Verdict } from './verdict.ts';

/** Every verdict, and what is to be thought of a name that has none. */
export interface Judgement {
  /** One of a name. */
  readonly verdicts: readonly Verdict[];
  /** Contacts in a storm are named only while they are in it. */
  absent(code: AlertCode): 'right' | 'unknown';
}

/** Judges everything that can be wrong. */
export function judge(seen: Observation, thresholds: Thresholds): Judgement {
  return {
    verdicts: [...hubVerdicts(seen, thresholds), ...SYSTEMS.flatMap((system) => verdictsOn(system, seen, thresholds))],
    absent: (code) => (code === 'ECHO_STORM' && seen.ledger !== null ? 'right' : 'unknown'),
  };
}
