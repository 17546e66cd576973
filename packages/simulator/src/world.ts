/** Everything that a history happens in: four systems, ledger, queue, network, and the processes of the hub. */
import type { ContactId, Lens } from '@contact-sync/contact';
import { adapterOf, type Change, SyncError, type System, type Target, WORK_QUEUES } from '@contact-sync/sync';
import { type RunningHub, startHub } from './hub.ts';
import { createModelLedger, type ModelLedger } from './ledger/index.ts';
import { Network } from './network.ts';
import { Process } from './process.ts';
import { Backend } from './queue/backend.ts';
import { type Chance, chanceOf } from './random.ts';
import { type Micros, MS, Scheduler, SECOND } from './scheduler.ts';
import {
  type BigQueryServer,
  createBigQueryServer,
  createSqlServer,
  createTwentyServer,
  type SqlServer,
  type TwentyServer,
} from './systems/index.ts';

export interface Servers {
  readonly bigquery: BigQueryServer;
  readonly supabase: SqlServer;
  readonly local: SqlServer;
  readonly twenty: TwentyServer;
}

/** How far each clock is ahead, in microseconds. */
export type Skews = Readonly<Record<System | 'hub', Micros>>;

/** What becomes of Twenty's webhooks. */
export interface Post {
  lost: number;
  twice: number;
  late: Micros;
}

const GOOD_POST: Post = { lost: 0, twice: 0, late: 0 };
export const PROCESSES = ['a', 'b'] as const;
export type ProcessName = (typeof PROCESSES)[number];
/** Somebody starts a process again that was killed. */
const RESTART: Micros = 3 * SECOND;
/** Longer than the slowest poll and the time between two comparisons. */
const LOOKED: Micros = 45 * SECOND;
const WORK: ReadonlySet<string> = new Set(WORK_QUEUES);

export class World {
  readonly scheduler = new Scheduler();
  readonly network: Network;
  readonly backend: Backend;
  readonly ledger: ModelLedger;
  readonly servers: Servers;
  readonly post: Post = { ...GOOD_POST };
  /** Keys of the webhooks that the hub has answered with 200. */
  readonly acknowledged = new Set<string>();
  /** Errors that no class foresees, and broken promises that showed at once. */
  readonly faults: unknown[] = [];
  #inPost = 0;
  readonly #seed: number;
  readonly #skews: Skews;
  readonly #chance: Chance;
  readonly #hubs = new Map<ProcessName, RunningHub>();
  #started = 0;
  /** Called for each event of Twenty, while the edit that makes it is under way. */
  onEvent: (change: Change) => void = () => {};

  /** @param storm see {@link createModelLedger} */
  constructor(seed: number, skews: Skews, storm: number) {
    this.#seed = seed;
    this.#skews = skews;
    this.#chance = chanceOf(seed, 'world');
    const { scheduler } = this;
    this.network = new Network(scheduler, seed);
    this.backend = new Backend(scheduler, chanceOf(seed, 'queue'));
    this.ledger = createModelLedger(() => scheduler.now / MS, storm);
    const clockOf = (system: System) => ({ now: () => scheduler.now + skews[system] });
    this.servers = {
      bigquery: createBigQueryServer(clockOf('bigquery')),
      supabase: createSqlServer({ ...clockOf('supabase'), onEdit: () => this.#wake('supabase') }),
      local: createSqlServer({ ...clockOf('local'), onEdit: () => this.#wake('local') }),
      twenty: createTwentyServer({
        ...clockOf('twenty'),
        onWebhook: (change) => {
          this.onEvent(change);
          this.#send(change);
        },
      }),
    };
    for (const name of PROCESSES) this.#start(name);
  }

  hub(name: ProcessName): RunningHub {
    const hub = this.#hubs.get(name);
    if (hub === undefined) throw new RangeError(`there is no process ${name}`);
    return hub;
  }

  /** Webhooks that are still on their way. */
  get inPost(): number {
    return this.#inPost;
  }

  /** A system's own way of waking the hub: best effort. */
  #wake(system: System): void {
    for (const { process, intake } of this.#hubs.values())
      if (process.awake && this.#chance.happens(0.8)) process.after(this.network.latency(), () => intake.wake(system));
  }

  onFault(error: unknown): void {
    // An attempt that is spent on a fault of the outside world is no news.
    if (!(error instanceof SyncError)) this.faults.push(error);
  }

  /** Nothing goes wrong any more, and every process runs. */
  heal(): void {
    this.network.clear();
    Object.assign(this.post, GOOD_POST);
    this.servers.supabase.refuse(null);
    this.servers.local.refuse(null);
    for (const name of PROCESSES) {
      this.hub(name).process.defuse();
      this.hub(name).process.thaw();
    }
  }

  /** @returns whether everything was done within the time */
  async settle(within: Micros): Promise<boolean> {
    const end = this.scheduler.now + within;
    // Whatever is only found by looking is looked for in this time.
    await this.scheduler.runUntil(() => false, LOOKED);
    while (this.scheduler.now < end && this.unsettled().length > 0)
      await this.scheduler.runUntil(() => false, 5 * SECOND);
    return this.unsettled().length === 0;
  }

  /** What is still to be done, and where. */
  unsettled(): readonly string[] {
    const counts = Object.entries(this.backend.counts()).filter(([name]) => WORK.has(name));
    return [
      ...this.#behind(),
      ...counts
        .filter(([, { waiting, active, delayed, failed }]) => waiting + active + delayed + failed > 0)
        .map(([name]) => `queue: ${name}`),
      ...(['local', 'supabase'] as const)
        .filter((system) => this.servers[system].changes(1).changes.length > 0)
        .map((system) => `outbox: ${system}`),
      ...(this.#inPost > 0 ? ['post'] : []),
    ];
  }

  /** What the ledger has yet to do. A record that lies in a dead letter takes nothing before a person has looked. */
  #behind(): readonly string[] {
    const { view } = this.ledger;
    const letters = this.ledger.deadLetters();
    const conflicts = new Set(this.ledger.conflicts().map(({ contact_id }) => contact_id));
    const isHeld = (contact_id: ContactId, target: Target): boolean => {
      const record = view.links().find((link) => link.system === target && link.contact_id === contact_id)?.record_id;
      return conflicts.has(contact_id) || letters.some((letter) => letter.system === target && letter.key === record);
    };
    return [
      ...view
        .deliveries()
        .filter(({ behind, dead_letter_id }) => behind && dead_letter_id === null)
        .filter(({ contact_id, target }) => !isHeld(contact_id, target))
        .map(({ contact_id, target }) => `pending: ${contact_id} in ${target}`),
      ...view
        .inbox()
        .filter(({ done, dead_letter_id }) => !done && dead_letter_id === null)
        .map(({ system, record_id }) => `undecided: ${record_id} of ${system}`),
      ...view
        .versions()
        .filter(({ appended }) => !appended)
        .map(({ contact_id, version }) => `not in BigQuery: ${contact_id}:${version}`),
    ];
  }

  lensOf(system: System): Lens {
    return adapterOf(this.hub('a').parts, system).lens;
  }

  #start(name: ProcessName): void {
    this.#started += 1;
    const chance = chanceOf(this.#seed, `process ${name} ${this.#started}`);
    const process = new Process(name, this.scheduler, { skew: this.#skews.hub, chance });
    process.onDeath = () => void this.scheduler.after(RESTART, () => this.#start(name));
    this.#hubs.set(name, startHub(this, process));
  }

  #send(change: Change): void {
    const copies = this.#chance.happens(this.post.twice) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#chance.happens(this.post.lost)) continue;
      this.#inPost += 1;
      const delay = this.network.latency() + this.#chance.below(this.post.late + 1);
      this.scheduler.after(delay, () => {
        this.#inPost -= 1;
        this.#receive(change);
      });
    }
  }

  /** Twenty tells once: a hub that does not answer is not told again. */
  #receive(change: Change): void {
    const hub = this.#chance.pick([...this.#hubs.values()].filter(({ process }) => process.awake));
    hub?.receiver.receive(change).then(
      () => this.acknowledged.add(change.key),
      (error: unknown) => this.onFault(error),
    );
  }
}
