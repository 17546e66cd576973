import type { CanonicalAdapter, Ledger, Parts, Queues, SourceAdapter, TargetAdapter } from '@contact-sync/sync';
import type { Point } from './points.ts';

/** Tells of every point that the parts pass, at the very place: what `pass` does happens there. */
export const decorated =
  (pass: (point: Point) => void) =>
  (parts: Parts): Parts => ({
    ...parts,
    ledger: ledgerWith(parts.ledger, pass),
    queues: queuesWith(parts.queues, pass),
    canonical: canonicalWith(parts.canonical, pass),
    targets: {
      supabase: targetWith(parts.targets.supabase, pass),
      local: targetWith(parts.targets.local, pass),
      twenty: targetWith(parts.targets.twenty, pass),
    },
  });

type Pass = (point: Point) => void;

/** The object with some methods replaced; the others keep their `this`. */
function overlaid<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function ledgerWith(ledger: Ledger, pass: Pass): Ledger {
  return overlaid<Ledger>(ledger, {
    async receive(system, changes, cursor) {
      const records = await ledger.receive(system, changes, cursor);
      if (records.length > 0) pass('after-receive');
      return records;
    },
    async commit(commits, rejections) {
      const news = commits.some(({ head, inbox_done }) => head !== null || inbox_done.length > 0);
      if (news || rejections.length > 0) pass('after-decide');
      const result = await ledger.commit(commits, rejections);
      if (news || rejections.length > 0) pass('after-commit');
      return result;
    },
    async delivered(target, receipts) {
      pass('before-receipt');
      const behind = await ledger.delivered(target, receipts);
      pass('after-receipt');
      return behind;
    },
    async bury(letters) {
      pass('before-bury');
      const buried = await ledger.bury(letters);
      pass('after-bury');
      return buried;
    },
    async closeDeadLetters(ids, status, by) {
      pass('before-close-letter');
      await ledger.closeDeadLetters(ids, status, by);
      pass('after-close-letter');
    },
  });
}

function queuesWith(queues: Queues, pass: Pass): Queues {
  const enqueuing =
    <Args extends unknown[]>(run: (...args: Args) => Promise<void>) =>
    async (...args: Args) => {
      pass('before-enqueue');
      await run(...args);
      pass('after-enqueue');
    };
  return overlaid<Queues>(queues, {
    ingest: enqueuing((system, records) => queues.ingest(system, records)),
    propagate: enqueuing((target, contacts) => queues.propagate(target, contacts)),
    split: enqueuing((job) => queues.split(job)),
    async bury(letters) {
      pass('before-show-letter');
      await queues.bury(letters);
      pass('after-show-letter');
    },
  });
}

const acking = (adapter: SourceAdapter, pass: Pass) => async (keys: readonly string[]) => {
  if (keys.length > 0) pass('before-ack');
  await adapter.ack(keys);
  if (keys.length > 0) pass('after-ack');
};

const canonicalWith = (adapter: CanonicalAdapter, pass: Pass): CanonicalAdapter =>
  overlaid<CanonicalAdapter>(adapter, {
    ack: acking(adapter, pass),
    async append(rows) {
      pass('before-append');
      await adapter.append(rows);
      pass('after-append');
    },
    async appendConflicts(events) {
      pass('before-append');
      await adapter.appendConflicts(events);
      pass('after-append');
    },
  });

const targetWith = (adapter: TargetAdapter, pass: Pass): TargetAdapter =>
  overlaid<TargetAdapter>(adapter, {
    ack: acking(adapter, pass),
    async apply(deliveries) {
      pass('before-apply');
      const outcomes = await adapter.apply(deliveries);
      pass('after-apply');
      return outcomes;
    },
  });
