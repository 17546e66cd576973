import { type Ambient, type Log, type OpenAlert, OutageError, type Watching } from '@contact-sync/sync';
import { answerOf } from '../health/answer.ts';
import { Blackout } from './blackout.ts';
import { type Delivered, deliver } from './courier.ts';
import { evaluate, type Moment } from './evaluate.ts';
import type { Observation, Thresholds } from './observation.ts';
import { type Judgement, judge } from './rules.ts';
import { PATIENCE, type Patience, Sender } from './sender.ts';
import type { Sink } from './sink.ts';
import type { Verdict } from './verdict.ts';
import { because } from './words.ts';

/** What alerting is put together from. */
export interface AlertingParts {
  readonly watching: Pick<Watching, 'alerts'>;
  /** Everything that can be seen now. Never throws for a fault of the outside world. */
  observe(signal: AbortSignal): Promise<Observation>;
  readonly thresholds: Thresholds;
  readonly sinks: readonly Sink[];
  readonly log: Log;
  readonly ambient: Ambient;
  /** Replaces some of {@link PATIENCE}. */
  readonly patience?: Partial<Patience>;
}

/** What one round came to. */
export interface AlertRound extends Delivered {
  readonly fired: number;
  readonly resolved: number;
  /** True while the ledger is away, and only that can be told. */
  readonly blackout: boolean;
}

/** Looks at everything, and tells people. */
export interface Alerting {
  /**
   * One round: looks, decides, keeps what it decided, and tells whoever has to be told. Several processes may do so at
   * once: each step is taken by one of them. To be called while the ledger is away too.
   *
   * @throws {TransientError} what the ledger throws: the next round does it
   */
  round(signal?: AbortSignal): Promise<AlertRound>;
  /** Ends the sinks' connections. */
  close(): void;
}

/** Makes an {@link Alerting}; it does nothing by itself. */
export function createAlerting(parts: AlertingParts): Alerting {
  const { watching, thresholds, sinks, log, ambient } = parts;
  const { alerts } = watching;
  const patience = { ...PATIENCE, ...parts.patience };
  const senders = sinks.map((sink) => new Sender(sink, patience, () => ambient.now()));
  const blackout = new Blackout();
  const momentOf = (at: string): Moment => ({ ...thresholds, at, sinks: sinks.map(({ name }) => name) });

  const known = async () => {
    const open = await alerts.openAlerts();
    const owed = blackout.owed(Date.parse(open.at) - ambient.now());
    if (owed.length === 0) return open;
    await alerts.saveAlerts(owed);
    return alerts.openAlerts();
  };

  const kept = async (judgement: Judgement, signal: AbortSignal): Promise<AlertRound> => {
    const open = await known();
    const changes = evaluate(open.alerts, judgement, momentOf(open.at));
    blackout.known(downOf(open.alerts));
    const taken = await alerts.saveAlerts(changes);
    if (changes.some(isDown)) blackout.known(downOf((await alerts.openAlerts()).alerts));
    const told = await all(senders.map((sender) => deliver({ alerts, sender, patience, ambient, log }, signal)));
    const before = new Map(open.alerts.map((alert) => [alert.alert_id, alert]));
    return {
      fired: taken.filter((now) => now.state === 'firing' && !before.get(now.alert_id)?.fired_at).length,
      resolved: taken.filter(({ state }) => state === 'resolved').length,
      sent: told.reduce((sum, { sent }) => sum + sent, 0),
      failed: told.reduce((sum, { failed }) => sum + failed, 0),
      blackout: false,
    };
  };

  const away = async (verdict: Verdict, signal: AbortSignal): Promise<AlertRound> => {
    const fires = blackout.step(verdict, momentOf(new Date(ambient.now()).toISOString()));
    const sent = await blackout.tell(senders, signal);
    return { fired: fires ? 1 : 0, resolved: 0, sent, failed: 0, blackout: true };
  };

  return {
    async round(signal = new AbortController().signal) {
      const judgement = judge(await parts.observe(signal), thresholds);
      const seen = judgement.verdicts.find(isDown);
      // It may only be slow at counting: then it keeps that too.
      if (seen?.is === 'wrong' && 'detail' in (await answerOf(() => alerts.openAlerts(), patience.ledger_ms)))
        return away(seen, signal);
      try {
        return await kept(judgement, signal);
      } catch (error) {
        if (!(error instanceof OutageError)) throw error;
        return away(downBy(error), signal);
      }
    },
    close() {
      for (const { close } of sinks) close();
    },
  };
}

/** As `Promise.all`, and nothing of it goes on once it has failed. */
async function all<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

const isDown = ({ code }: Pick<OpenAlert, 'code'>): boolean => code === 'LEDGER_DOWN';

const downOf = (open: readonly OpenAlert[]): OpenAlert | null => open.find(isDown) ?? null;

/** It answered whoever looked, and not whoever came to keep what follows. */
const downBy = ({ code, advice }: OutageError): Verdict => ({
  code: 'LEDGER_DOWN',
  subject: 'hub',
  is: 'wrong',
  says: {
    severity: 'critical',
    value: null,
    message: `The ledger does not answer${because(code)}.`,
    advice: advice ?? 'Check that its Postgres runs and that LEDGER_URL reaches it: `contact-sync doctor`.',
  },
});
