import {
  type Ambient,
  faultFields,
  type Log,
  type ScheduleName,
  SyncError,
  type Turn,
  type TurnLedger,
} from '@contact-sync/sync';

/** Somebody who shows no sign of life for so long has lost its turn; shown three times as often. */
const LEASE_MS = 15_000;
/** How long it may take until a pause is seen by what runs without a turn. */
const PAUSED_MS = 3_000;
const NEVER = new AbortController().signal;
const FAILED = 'a scheduled run failed';

/** What turns need. */
export interface TurnsOptions {
  readonly turns: TurnLedger;
  readonly ambient: Pick<Ambient, 'now' | 'after'>;
  readonly log: Log;
  /** Milliseconds, default 15 seconds. */
  readonly lease_ms?: number;
}

/** How one run is asked for. */
export interface RunOptions {
  /** It runs though it is paused. */
  readonly asked?: boolean;
  /** Aborted when whoever runs it stops. */
  readonly signal?: AbortSignal;
  /** The work logs its own faults. */
  readonly logged?: boolean;
  /** It runs also while the ledger is away and gives no turns: that somebody else runs it too does no harm. */
  readonly anyway?: boolean;
}

/** Runs of schedules, each under the ledger's turn. */
export interface Turns {
  /**
   * Runs the work, unless it is run elsewhere now, or paused. What it throws is kept as its outcome and logged, once for
   * as long as it stays the same; nothing is thrown.
   *
   * @param work told by its signal to stop, and that its turn is lost: somebody else may run it by then
   * @returns `over` when it ran, well or badly; `away` when the ledger could not be asked
   */
  run(
    name: ScheduleName,
    work: (signal: AbortSignal) => Promise<void>,
    options?: RunOptions,
  ): Promise<'over' | 'held' | 'paused' | 'away'>;
  /** Whether it is paused, as it stood within the last three seconds. A ledger that is away pauses nothing more. */
  paused(name: ScheduleName): Promise<boolean>;
}

/** Nothing is asked before the first run. */
export function createTurns({ turns, ambient, log, lease_ms = LEASE_MS }: TurnsOptions): Turns {
  const told = new Map<ScheduleName | 'turns', string>();
  const tell = (what: ScheduleName | 'turns', error: unknown, message: string) => {
    const code = codeOf(error);
    log[told.get(what) === code ? 'debug' : 'warn']({ schedule: what, ...faultFields(error) }, message);
    told.set(what, code);
  };

  async function begin(name: ScheduleName, asked: boolean): Promise<Turn | 'held' | 'paused' | 'away'> {
    try {
      const turn = await turns.beginTurn(name, lease_ms, asked);
      told.delete('turns');
      return turn;
    } catch (error) {
      tell('turns', error, 'the ledger gives no turns: will ask again');
      return 'away';
    }
  }

  async function end(turn: Turn, outcome: 'done' | 'failed', code: string | null): Promise<void> {
    try {
      await turns.endTurn(turn, outcome, code);
    } catch (error) {
      log.debug(
        { schedule: turn.name, ...faultFields(error) },
        'the end of a run was not recorded: its lease runs out',
      );
    }
  }

  let known: { readonly at: number; readonly names: Promise<ReadonlySet<ScheduleName>> } | null = null;
  let last: ReadonlySet<ScheduleName> = new Set();
  const pausedNow = async (): Promise<ReadonlySet<ScheduleName>> => {
    try {
      last = new Set((await turns.turns()).filter(({ paused_at }) => paused_at !== null).map(({ name }) => name));
    } catch (error) {
      log.debug(faultFields(error), 'cannot see what is paused: as before');
    }
    return last;
  };

  return {
    async run(name, work, { asked = false, signal, logged = false, anyway = false } = {}) {
      const turn = await begin(name, asked);
      if (turn === 'away' && anyway) {
        await work(signal ?? NEVER).catch((error: unknown) => logged || tell(name, error, FAILED));
        return 'over';
      }
      if (typeof turn === 'string') return turn;
      using lease = heldLease(turns, turn, lease_ms, ambient);
      try {
        await work(signal === undefined ? lease.lost : AbortSignal.any([signal, lease.lost]));
        lease[Symbol.dispose]();
        told.delete(name);
        await end(turn, 'done', null);
      } catch (error) {
        lease[Symbol.dispose]();
        const stopped = signal?.aborted === true;
        if (!stopped && !logged) tell(name, error, FAILED);
        await end(turn, 'failed', stopped ? 'STOPPED' : codeOf(error));
      }
      return 'over';
    },
    async paused(name) {
      if (known === null || ambient.now() - known.at > PAUSED_MS) known = { at: ambient.now(), names: pausedNow() };
      return (await known.names).has(name);
    },
  };
}

/** Renews a turn until it is disposed of; `lost` is aborted as soon as somebody else may have it. */
function heldLease(
  turns: TurnLedger,
  turn: Turn,
  lease_ms: number,
  ambient: TurnsOptions['ambient'],
): Disposable & { readonly lost: AbortSignal } {
  const lost = new AbortController();
  let over = false;
  let callOff = () => {};
  let renewed = ambient.now();
  const renewSoon = () => {
    if (!over) callOff = ambient.after(lease_ms / 3, () => void renew());
  };
  const renew = async () => {
    const asked = ambient.now();
    const mine = await turns.renewTurn(turn, lease_ms).catch(() => null);
    if (over) return;
    if (mine === true) renewed = asked;
    if (mine === false || ambient.now() - renewed >= lease_ms) return lost.abort(new Error('the turn is lost'));
    renewSoon();
  };
  renewSoon();
  return {
    lost: lost.signal,
    [Symbol.dispose]() {
      over = true;
      callOff();
    },
  };
}

/** Of several faults the first is told. */
const codeOf = (error: unknown): string => {
  const one: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return one instanceof SyncError ? one.code : 'UNEXPECTED_ERROR';
};
