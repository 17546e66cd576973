/** Looks for drift that people asked this server for: of each system one at a time, however long it takes. */
import { type Ambient, type Asker, type Desk, type DriftReport, SyncError, type System } from '@contact-sync/sync';
import { Refusal } from '../problem.ts';

/** How to look. */
export interface LookWish {
  readonly repair: boolean;
  readonly full: boolean;
}

/** A look under way. */
export interface LookUnderWay extends LookWish {
  /** An ISO 8601 instant. */
  readonly since: string;
  readonly by: string;
}

/** What this server knows of one system beside what the ledger keeps. */
export interface LookState {
  readonly running: LookUnderWay | null;
  /** How the last look failed of which nobody heard any more; `null`: it did not. */
  readonly failed: { readonly code: string; readonly at: string } | null;
}

/** What came of it, or that it goes on. */
export type LookResult =
  | { readonly state: 'done'; readonly report: DriftReport }
  | { readonly state: 'running'; readonly look: LookUnderWay };

/** The looks of one server. */
export interface Looks {
  /**
   * Looks, and answers when it is done, or when nobody waits for it any longer. Under the same key it is the same look.
   *
   * @throws {Refusal} `LOOK_RUNNING` while another look at the system is under way, `SERVER_STOPPING`
   * @throws what `Desk.drift` throws
   */
  begin(system: System, wish: LookWish, asker: Asker): Promise<LookResult>;
  of(system: System): LookState;
  /** Ends what is under way; resolves once nothing of it is left. */
  stop(): Promise<void>;
}

interface Begun {
  readonly look: LookUnderWay;
  readonly key: string | null;
  readonly report: Promise<DriftReport>;
}

/** How long whoever asks is kept waiting: less than proxies wait. */
const PATIENCE_MS = 20_000;

/** @param patience_ms how long an answer may take */
export function createLooks(desk: Desk, ambient: Ambient, patience_ms = PATIENCE_MS): Looks {
  const running = new Map<System, Begun>();
  const failed = new Map<System, { readonly code: string; readonly at: string }>();
  const stopping = new AbortController();
  const now = () => new Date(ambient.now()).toISOString();

  const begin = (system: System, wish: LookWish, asker: Asker): Begun => {
    if (stopping.signal.aborted) throw stopped();
    const options = { ...wish, asker, signal: stopping.signal };
    const report = desk
      .drift(system, options)
      .catch((error: unknown) => {
        throw stopping.signal.aborted ? stopped() : error;
      })
      .finally(() => running.delete(system));
    const begun = { look: { ...wish, since: now(), by: asker.by }, key: asker.key, report };
    running.set(system, begun);
    failed.delete(system);
    return begun;
  };

  return {
    async begin(system, wish, asker) {
      const there = running.get(system);
      if (there !== undefined && (asker.key === null || there.key !== asker.key)) throw another();
      const { look, report } = there ?? begin(system, wish, asker);
      const { promise: nobodyWaits, resolve, reject } = Promise.withResolvers<null>();
      const refuse = () => reject(stopped());
      stopping.signal.addEventListener('abort', refuse);
      const cancel = ambient.after(patience_ms, () => resolve(null));
      try {
        const found = await Promise.race([report, nobodyWaits]);
        if (found !== null) return { state: 'done', report: found };
      } finally {
        cancel();
        stopping.signal.removeEventListener('abort', refuse);
      }
      report.catch((error: unknown) => {
        const code = error instanceof SyncError || error instanceof Refusal ? error.code : 'UNEXPECTED_ERROR';
        failed.set(system, { code, at: now() });
      });
      return { state: 'running', look };
    },
    of: (system) => ({ running: running.get(system)?.look ?? null, failed: failed.get(system) ?? null }),
    async stop() {
      stopping.abort();
      await Promise.allSettled([...running.values()].map(({ report }) => report));
    },
  };
}

const another = () =>
  new Refusal(409, 'LOOK_RUNNING', 'a look at this system is under way', {
    headers: { 'Retry-After': '10' },
    advice: 'GET /api/drift tells what it finds, once it is done.',
  });

const stopped = () =>
  new Refusal(503, 'SERVER_STOPPING', 'the server stops, and the look with it', { headers: { 'Retry-After': '10' } });
