import type {
  ApplyOutcome,
  CanonicalAdapter,
  Changes,
  Ledger,
  Parts,
  Queues,
  RecordId,
  SourceAdapter,
  TargetAdapter,
} from '@contact-sync/sync';
import { type Context, context, trace } from '@opentelemetry/api';
import { editsOf, inNotification, isNotified } from './notification.ts';
import { contactsOf, inSpan, inSpanOf, SCOPE } from './span.ts';

/**
 * What is handed on from one part to the next is the very same list: by it, what began with a notification is known again
 * without the flow knowing of traces.
 */
interface Threads {
  /** When a page of edits was asked for, and when it came: milliseconds since the Unix epoch. */
  readonly read: WeakMap<Changes['changes'], { readonly from: number; readonly until: number }>;
  /** Of the notification that records were received with. */
  readonly received: WeakMap<readonly RecordId[], Context>;
}

/** The parts, telling of what they do as spans. What they do stays the same. */
export function tracedParts(parts: Parts): Parts {
  const threads: Threads = { read: new WeakMap(), received: new WeakMap() };
  const { supabase, local, twenty } = parts.targets;
  return {
    ...parts,
    ledger: tracedLedger(parts.ledger, threads),
    queues: tracedQueues(parts.queues, threads),
    canonical: tracedCanonical(parts.canonical, threads),
    targets: {
      supabase: tracedTarget(supabase, threads),
      local: tracedTarget(local, threads),
      twenty: tracedTarget(twenty, threads),
    },
  };
}

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

function tracedLedger(ledger: Ledger, { read, received }: Threads): Ledger {
  return overlaid<Ledger>(ledger, {
    async receive(system, changes, cursor) {
      // Polls find nothing most of the time.
      if (changes.length === 0) return await ledger.receive(system, changes, cursor);
      const receive = async () => {
        const notification = context.active();
        const records = await inSpan('ledger receive', editsOf(system, changes.length), async (span) => {
          const told = await ledger.receive(system, changes, cursor);
          span.setAttribute('contact_sync.records', told.length);
          return told;
        });
        received.set(records, notification);
        return records;
      };
      // A webhook's is under way; that of an edit that was read begins here, as of when it was asked for.
      if (isNotified()) return await receive();
      const times = read.get(changes);
      if (times === undefined) return await inNotification(system, changes.length, receive);
      const begin = async () => {
        const asked = { attributes: editsOf(system, changes.length), startTime: times.from };
        trace.getTracer(SCOPE).startSpan(`${system} changes`, asked).end(times.until);
        return await receive();
      };
      return await inNotification(system, changes.length, begin, { startTime: times.from });
    },
    snapshot: (system, records, claimed) =>
      inSpanOf('ledger snapshot', { 'contact_sync.records': records.length }, () =>
        ledger.snapshot(system, records, claimed),
      ),
    commit: (commits, rejections) =>
      inSpanOf(
        'ledger commit',
        {
          ...contactsOf(commits.map(({ contact_id }) => contact_id)),
          'contact_sync.versions': commits.reduce((sum, { history }) => sum + history.length, 0),
          'contact_sync.rejections': rejections.length,
        },
        async (span) => {
          const result = await ledger.commit(commits, rejections);
          span.setAttribute('contact_sync.lost', result.lost.size);
          return result;
        },
      ),
    deliverable: (target, ...rest) =>
      inSpanOf('ledger deliverable', { 'contact_sync.system': target }, async (span) => {
        const deliveries = await ledger.deliverable(target, ...rest);
        span.setAttribute('contact_sync.deliveries', deliveries.length);
        return deliveries;
      }),
    delivered: (target, receipts) =>
      inSpanOf('ledger delivered', { 'contact_sync.system': target }, () => ledger.delivered(target, receipts)),
    markAppended: (unappended) => inSpanOf('ledger mark appended', {}, () => ledger.markAppended(unappended)),
    bury: (letters) =>
      inSpanOf('ledger bury', { 'contact_sync.dead_letters': letters.length }, () => ledger.bury(letters)),
  });
}

/** BullMQ tells of jobs by itself, within the span that is active. */
const tracedQueues = (queues: Queues, { received }: Threads): Queues =>
  overlaid<Queues>(queues, {
    ingest: (system, records) =>
      context.with(received.get(records) ?? context.active(), () => queues.ingest(system, records)),
  });

const reading = (adapter: SourceAdapter, { read }: Threads): Pick<SourceAdapter, 'changes' | 'fetch'> => ({
  async changes(cursor, limit) {
    const from = Date.now();
    const page = await adapter.changes(cursor, limit);
    if (page.changes.length > 0) read.set(page.changes, { from, until: Date.now() });
    return page;
  },
  fetch: (records) =>
    inSpanOf(
      `${adapter.system} fetch`,
      { 'contact_sync.system': adapter.system, 'contact_sync.records': records.length },
      () => adapter.fetch(records),
    ),
});

const tracedCanonical = (adapter: CanonicalAdapter, threads: Threads): CanonicalAdapter =>
  overlaid<CanonicalAdapter>(adapter, {
    ...reading(adapter, threads),
    append: (rows) =>
      inSpanOf(
        'bigquery append',
        { 'contact_sync.system': 'bigquery', ...contactsOf(rows.map(({ contact_id }) => contact_id)) },
        () => adapter.append(rows),
      ),
    appendConflicts: (events) =>
      inSpanOf(
        'bigquery append conflicts',
        { 'contact_sync.system': 'bigquery', ...contactsOf(events.map(({ contact_id }) => contact_id)) },
        () => adapter.appendConflicts(events),
      ),
  });

const tracedTarget = (adapter: TargetAdapter, threads: Threads): TargetAdapter =>
  overlaid<TargetAdapter>(adapter, {
    ...reading(adapter, threads),
    apply: (deliveries) =>
      inSpanOf(
        `${adapter.system} apply`,
        { 'contact_sync.system': adapter.system, ...contactsOf(deliveries.map(({ contact_id }) => contact_id)) },
        async (span) => {
          const outcomes = await adapter.apply(deliveries);
          span.setAttributes(countsOf(outcomes));
          return outcomes;
        },
      ),
  });

function countsOf(outcomes: readonly ApplyOutcome[]): Readonly<Record<string, number>> {
  const counts = Map.groupBy(outcomes, ({ outcome }) => outcome);
  return Object.fromEntries([...counts].map(([outcome, of]) => [`contact_sync.${outcome}`, of.length]));
}
