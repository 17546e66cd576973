import { fromMillis } from '@contact-sync/contact';
import type { Bounds, Surroundings } from './judge.ts';
import type { Ledger } from './ledger-port.ts';
import type { Ambient, CanonicalAdapter, SourceAdapter, System, Target, TargetAdapter } from './ports.ts';
import { TARGETS } from './ports.ts';
import type { Queues } from './queue-port.ts';

/** The part of pino that the hub uses. Objects logged hold ids, codes and counts, never content. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Everything that the flow works with, put together in one place (`@contact-sync/hub`). */
export interface Parts {
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly canonical: CanonicalAdapter;
  readonly targets: Readonly<Record<Target, TargetAdapter>>;
  readonly ambient: Ambient;
  readonly bounds: Bounds;
  readonly log: Log;
}

/** The adapter of a system, be it BigQuery or a target. */
export function adapterOf(parts: Pick<Parts, 'canonical' | 'targets'>, system: System): SourceAdapter {
  const target = TARGETS.find((name) => name === system);
  return target === undefined ? parts.canonical : parts.targets[target];
}

/** What a decision over records of a system depends on, at this moment. */
export function surroundings(parts: Parts, system: System): Surroundings {
  const { lens, counts_versions } = adapterOf(parts, system);
  const now = parts.ambient.now();
  return {
    ...parts.bounds,
    system,
    lens,
    counts_versions,
    now: fromMillis(now),
    latest: fromMillis(now + parts.bounds.skew_ms),
  };
}

/** Splits into groups of at most `size`. */
export function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
