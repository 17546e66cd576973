import { randomUUID } from 'node:crypto';
import {
  type Ambient,
  type FaultCount,
  faultFields,
  type HealthLedger,
  type Log,
  SyncError,
  type System,
  type WorkerBeat,
} from '@contact-sync/sync';

const EVERY_MS = 5_000;
/** Codes of foreign errors that look like none are told as this: nobody knows what is in them. */
const UNKNOWN = 'UNKNOWN';
const CODE = /^[A-Z0-9_]{1,64}$/;
/** Whatever a job is about, it is BigQuery that was told first. */
const OF_BIGQUERY = 'BIGQUERY_';

/** Whom it tells, and what. */
export interface HeartbeatParts {
  readonly health: Pick<HealthLedger, 'beat' | 'leave'>;
  readonly ambient: Pick<Ambient, 'after'>;
  readonly log: Log;
  /** What waits and what cannot be read at the moment of asking. */
  status(): Pick<WorkerBeat, 'waiting' | 'failing'>;
  /** Milliseconds from one sign of life to the next; default 5,000. */
  readonly every_ms?: number;
}

/** A worker that tells of itself until it is stopped. */
export interface Heartbeat {
  /** Counts what was met in a system, or in BigQuery on its behalf, until the ledger has it. */
  fault(system: System, error: unknown): void;
  /** Says goodbye, if the ledger hears it. */
  stop(): Promise<void>;
}

/**
 * Tells the ledger at once, and then every few seconds, that this worker goes on, and what went wrong meanwhile. While the
 * ledger is away counts are kept for the next time.
 */
export function startHeartbeat({ health, ambient, log, status, every_ms = EVERY_MS }: HeartbeatParts): Heartbeat {
  const worker_id = randomUUID();
  const counts = new Map<string, FaultCount>();
  let stopped = false;
  let callOff = () => {};
  const add = ({ system, code, count }: FaultCount) => {
    const key = `${system} ${code}`;
    counts.set(key, { system, code, count: count + (counts.get(key)?.count ?? 0) });
  };
  const beat = async () => {
    const taken = [...counts.values()];
    counts.clear();
    try {
      const { waiting, failing } = status();
      await health.beat({ worker_id, waiting, failing }, taken);
    } catch (error) {
      for (const fault of taken) add(fault);
      log.debug(faultFields(error), 'cannot tell that the worker goes on: will try again');
    }
  };
  const beats = async () => {
    await beat();
    if (!stopped) callOff = ambient.after(every_ms, next);
  };
  let beating = beats();
  function next(): void {
    beating = beats();
  }
  return {
    fault(system, error) {
      const code = codeOf(error);
      add({ system: code.startsWith(OF_BIGQUERY) ? 'bigquery' : system, code, count: 1 });
    },
    async stop() {
      stopped = true;
      callOff();
      await beating;
      // What it met last is told, too.
      if (counts.size > 0) await beat();
      await health.leave(worker_id).catch((error: unknown) => {
        log.debug(faultFields(error), 'cannot say goodbye: in a minute it counts as gone');
      });
    },
  };
}

function codeOf(error: unknown): string {
  const code = error instanceof SyncError || (error instanceof Error && 'code' in error) ? error.code : UNKNOWN;
  return typeof code === 'string' && CODE.test(code) ? code : UNKNOWN;
}
