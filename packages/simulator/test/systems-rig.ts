import { contentHash } from '@contact-sync/contact';
import {
  type CanonicalAdapter,
  OutageError,
  type SyncError,
  type TargetAdapter,
  ThrottledError,
  TransientError,
} from '@contact-sync/sync';
import type { Faults, Rig, User } from '@contact-sync/testkit/conformance';
import type { Rpc } from '../src/rpc.ts';
import {
  bigQueryAdapter,
  createBigQueryServer,
  createSqlServer,
  createTwentyServer,
  type Destroyers,
  sqlAdapter,
  twentyAdapter,
  type Users,
} from '../src/systems/index.ts';

/** 2026-01-02, in microseconds since the Unix epoch. */
const START = 1_767_312_000_000_000;
const TICK = 1_000;

/** Goes on by a millisecond each time it is read. */
export function tickingClock(): () => number {
  let micros = START;
  return () => {
    micros += TICK;
    return micros;
  };
}

interface Line {
  readonly rpc: Rpc;
  /**
   * The requests of each case overtake one another in the same way in each run. Not in every way: where eight workers
   * bring versions of one contact at once, Twenty may be left with a mixture of two, which the hub takes for an edit.
   */
  restart(): void;
  readonly faults: Required<Pick<Faults, 'outage' | 'maintenance' | 'throttle' | 'loseAnswer' | 'stallAnswer'>>;
}

/** The way to a system, on which requests overtake one another, the same in each run, and faults lie. */
function openLine(writing: ReadonlySet<string>): Line {
  let before: SyncError | null = null;
  let after: SyncError | null = null;
  let chance = 1;
  const pause = async () => {
    chance = Math.imul(chance, 48_271) % 2_147_483_647;
    for (let turns = Math.abs(chance) % 5; turns > 0; turns -= 1) await null;
  };
  const rpc: Rpc = async (name, effect) => {
    await pause();
    if (before !== null) throw before;
    const answer = effect();
    await pause();
    if (after === null || !writing.has(name)) return answer;
    const lost = after;
    after = null;
    throw lost;
  };
  const heal = async () => {
    before = null;
    after = null;
  };
  const always = (error: SyncError) => async () => {
    before = error;
    return heal;
  };
  const once = (error: SyncError) => async () => {
    after = error;
    return heal;
  };
  return {
    rpc,
    restart() {
      chance = 1;
    },
    faults: {
      outage: always(new OutageError('UNREACHABLE', 'nobody answers')),
      maintenance: always(new OutageError('UNAVAILABLE', 'nobody is served')),
      throttle: always(new ThrottledError('THROTTLED', 'too many requests', 1_000)),
      loseAnswer: once(new TransientError('CONNECTION_LOST', 'the connection broke')),
      stallAnswer: once(new TransientError('TIMEOUT', 'no answer in time')),
    },
  };
}

/** The models are ready from the start; whatever an installation would do is a mark here. */
function installing<A extends TargetAdapter | CanonicalAdapter>({ restart }: Line, open: () => A): () => A {
  let done = false;
  const steps = [{ what: 'mark as installed' }];
  return () => {
    restart();
    const adapter = open();
    return {
      ...adapter,
      async install({ dry_run = false } = {}) {
        await adapter.install();
        const missing = done ? [] : steps;
        if (!dry_run) done = true;
        return missing;
      },
    };
  };
}

function userOf(users: Users): User {
  const done = (record: unknown) => {
    if (record === null) throw new Error('there is no such record, or nothing to be changed');
  };
  return {
    // Content is JSON by construction.
    create: async (content) => users.create(content as Parameters<Users['create']>[0]).record_id,
    edit: async (id, job_title) => done(users.edit(id, { job_title })),
    remove: async (id) => done(users.remove(id)),
    revive: async (id) => done(users.revive(id)),
  };
}

const destroyerOf = (users: Destroyers): User => ({
  ...userOf(users),
  destroy: async (id) => {
    users.destroy(id);
  },
});

const begun = ({ commit }: { commit(): { record_id: string } }) => ({ commit: async () => commit().record_id });

export async function openSql(): Promise<Rig<TargetAdapter>> {
  const server = createSqlServer({ now: tickingClock() });
  const line = openLine(new Set(['local.apply']));
  const open = installing(line, () => sqlAdapter('local', server, line.rpc));
  return {
    adapter: open(),
    open,
    impatient: open,
    user: {
      ...destroyerOf(server),
      begin: async ({ canonical_name }) => begun(server.begin({ canonical_name })),
    },
    faults: {
      ...line.faults,
      async spoil(version) {
        server.refuse((fields) => fields.canonical_name === 'spoiled');
        const content = { ...version.content, canonical_name: 'spoiled' };
        return {
          version: { ...version, content, content_hash: contentHash(content) },
          mend: async () => server.refuse(null),
        };
      },
    },
    secrets: [],
    async close() {},
  };
}

export async function openTwenty(): Promise<Rig<TargetAdapter>> {
  const now = tickingClock();
  const server = createTwentyServer({ now, onWebhook: () => {} });
  const line = openLine(new Set(['twenty.upsert', 'twenty.create']));
  const open = installing(line, () => twentyAdapter(server, line.rpc, { now: () => now() / 1_000 }));
  const user = destroyerOf(server);
  return {
    adapter: open(),
    open,
    impatient: open,
    user: { ...user, begin: async ({ canonical_name }) => begun(server.begin({ canonical_name })) },
    faults: {
      ...line.faults,
      // Primary emails are unique in Twenty, and another person has this one.
      async spoil(version) {
        const email = 'taken@example.com';
        const owner = await user.create({ canonical_name: 'Owner', emails: [email] });
        const content = { canonical_name: 'Spoiled', ...version.content, emails: [email] };
        return {
          version: { ...version, content, content_hash: contentHash(content) },
          mend: async () => user.destroy?.(owner),
        };
      },
    },
    secrets: [],
    async close() {},
  };
}

export async function openBigQuery(): Promise<Rig<CanonicalAdapter>> {
  const server = createBigQueryServer({ now: tickingClock() });
  const line = openLine(new Set(['bigquery.append']));
  const open = installing(line, () => bigQueryAdapter(server, line.rpc));
  return {
    adapter: open(),
    open,
    impatient: open,
    user: { ...userOf(server), begin: async ({ canonical_name }) => begun(server.begin({ canonical_name })) },
    faults: {
      ...line.faults,
      spoil: async (version) => ({
        // Nothing typed can be invalid: this is what a broken caller would do.
        version: { ...version, last_updated: 'yesterday' as typeof version.last_updated },
        mend: async () => {},
      }),
    },
    secrets: [],
    async close() {},
  };
}
