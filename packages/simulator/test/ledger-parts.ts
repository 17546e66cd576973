/** Just enough of the four systems for the hub's own flow to ask its ledger everything that it asks it. */
import { type Fields, type Lens, parseContent, timestamp } from '@contact-sync/contact';
import {
  type ApplyOutcome,
  type CanonicalAdapter,
  type FailedJob,
  type Parts,
  PermanentError,
  type Queues,
  type SourceAdapter,
  type System,
  type SystemRecord,
  type Target,
  type TargetAdapter,
  TransientError,
} from '@contact-sync/sync';
import type { Pair } from './ledger-pair.ts';

export interface Surroundings {
  /** How its records stand now; `null`: it cannot be read. */
  readonly standing: readonly SystemRecord[] | null;
  /** What becomes of the deliveries, one after the other and round again. */
  readonly outcomes: readonly ApplyOutcome['outcome'][];
  /** How the target names what it is sent and has not seen. */
  readonly names: readonly string[];
  /** Reads sparingly, and fills its batches. */
  readonly metered: boolean;
  /** BigQuery is away: what was committed is not appended. */
  readonly unappendable: boolean;
  readonly failed: readonly FailedJob[];
}

export const CALM: Surroundings = {
  standing: [],
  outcomes: ['applied'],
  names: ['r1', 'r2', 'r3'],
  metered: false,
  unappendable: false,
  failed: [],
};

/** Holds content as it is. */
const lens: Lens = {
  // A content is JSON; its fields have names of their own.
  toRecord: (content) => content as Fields,
  fromRecord: (fields) => fields,
  same(fields, content) {
    const read = parseContent(fields);
    return read.ok && JSON.stringify(read.content) === JSON.stringify(content);
  },
  over: (stood) => stood,
  holds: new Set(),
};

export function partsOf(pair: Pair, around: Surroundings): Parts {
  const target = (system: Target): TargetAdapter => ({
    ...sourceOf(system, around),
    system,
    batch_size: 2,
    apply: applying(around),
  });
  const canonical: CanonicalAdapter = {
    ...sourceOf('bigquery', around),
    system: 'bigquery',
    append: async () => {
      if (around.unappendable) throw new TransientError('AWAY', 'not now');
    },
    appendConflicts: async () => undefined,
    heads: async () => [],
    history: async () => [],
  };
  let chance = 0;
  const quiet = () => undefined;
  return {
    ledger: pair.ledger,
    queues: queuesOf(around),
    canonical,
    targets: { supabase: target('supabase'), local: target('local'), twenty: target('twenty') },
    ambient: {
      now: pair.now,
      after: () => () => undefined,
      random: () => {
        chance = (chance + 0.37) % 1;
        return chance;
      },
    },
    bounds: { skew_ms: 600_000, max_version_jump: 50 },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  };
}

const sourceOf = <Name extends System>(
  system: Name,
  { standing, metered }: Surroundings,
): SourceAdapter & { readonly system: Name } => ({
  system,
  lens,
  counts_versions: system !== 'twenty',
  metered,
  install: async () => [],
  fetch: async (ids) => {
    if (standing === null) throw new TransientError('AWAY', 'not now');
    return standing.filter(({ record_id }) => ids.includes(record_id));
  },
  changes: async () => ({ changes: [], cursor: null, more: false }),
  ack: async () => undefined,
  scan: async () => ({ records: standing ?? [], cursor: null }),
  health: async () => ({ ok: true, latency_ms: 0, detail: null }),
  close: async () => undefined,
});

const applying =
  ({ outcomes, names }: Surroundings): TargetAdapter['apply'] =>
  async (deliveries) =>
    deliveries
      .toSorted((a, b) => (a.contact_id < b.contact_id ? -1 : 1))
      .map(({ contact_id, record_id: known }, index): ApplyOutcome => {
        const outcome = outcomes[index % outcomes.length] ?? 'applied';
        const record_id = known ?? names[index % names.length] ?? 'r1';
        if (outcome !== 'rejected') return { contact_id, outcome, record_id };
        return { contact_id, outcome, error: new PermanentError('REFUSED', 'refused', { advice: 'none' }) };
      });

const queuesOf = ({ failed }: Surroundings): Queues => ({
  ingest: async () => undefined,
  propagate: async () => undefined,
  split: async () => undefined,
  showConflicts: async () => undefined,
  hideConflicts: async () => undefined,
  bury: async () => undefined,
  unbury: async () => undefined,
  shown: async () => ({ conflict_ids: [], letters: [] }),
  failed: async (queue) => failed.filter((job) => job.queue === queue),
  forgetFailed: async () => undefined,
  counts: () => Promise.reject(new Error('nobody counts')),
  close: async () => undefined,
});

export const minute = (n: number) => timestamp(`2026-11-22T11:${String(n).padStart(2, '0')}:00Z`);
