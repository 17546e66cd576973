/** A queue backend as BullMQ is one: jobs under locks, delayed and failed ones, rate limits. It forgets all when emptied. */
import { ATTEMPTS, deadLetterJobId, MAX_STALLED } from '@contact-sync/queue/processing';
import {
  type ConflictJob,
  type DeadLetterJob,
  type QueueCounts,
  type QueueName,
  queueOf,
  WORK_QUEUES,
  type WorkJob,
  type WorkQueue,
} from '@contact-sync/sync';
import type { Chance } from '../random.ts';
import { type Micros, MS, type Scheduler, SECOND } from '../scheduler.ts';

const LOCK: Micros = 20 * SECOND;

export interface Job {
  readonly id: string;
  readonly data: WorkJob;
  attemptsMade: number;
  stalledCounter: number;
  failedReason: string;
}

/** Who has a job. */
export interface Owner {
  /** Keeps the locks of what it really works on. */
  keeps(jobId: string): boolean;
}

/** A worker that has nothing to do. */
export interface Idle {
  isAwake(): boolean;
  /** There may be something to take. */
  call(): void;
}

/** How a job ends. */
export type Ending =
  | { readonly kind: 'done' | 'back' }
  | { readonly kind: 'failed'; readonly reason: string; readonly retry_in_ms: number | null };

interface Active {
  readonly job: Job;
  readonly token: string;
}

export class Backend {
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  #ids = 0;
  /** Grows when the backend is emptied: what was under way before means nothing any more. */
  #era = 0;
  readonly #waiting = new Map<WorkQueue, Job[]>(WORK_QUEUES.map((queue) => [queue, []]));
  readonly #delayed = new Map<WorkQueue, Set<Job>>(WORK_QUEUES.map((queue) => [queue, new Set()]));
  readonly #active = new Map<string, Active>();
  readonly #failed = new Map<WorkQueue, Map<string, Job>>(WORK_QUEUES.map((queue) => [queue, new Map()]));
  readonly #limited = new Map<WorkQueue, Micros>();
  readonly #idle = new Map<WorkQueue, Set<Idle>>(WORK_QUEUES.map((queue) => [queue, new Set()]));
  readonly letters = new Map<string, DeadLetterJob>();
  readonly conflicts = new Map<string, ConflictJob>();

  constructor(scheduler: Scheduler, chance: Chance) {
    this.#scheduler = scheduler;
    this.#chance = chance;
  }

  add(jobs: readonly WorkJob[]): void {
    for (const data of jobs) {
      const job = { id: String(++this.#ids), data, attemptsMade: 0, stalledCounter: 0, failedReason: '' };
      this.#enqueue(job);
    }
  }

  /** @returns `null` when there is nothing to do now */
  take(queue: WorkQueue, token: string, owner: Owner): Job | null {
    const waiting = of(this.#waiting, queue);
    if (waiting.length === 0 || (this.#limited.get(queue) ?? 0) > this.#scheduler.now) return null;
    // First come, first served would be one order of many: jobs of several workers overtake each other.
    const [job] = waiting.splice(this.#chance.happens(0.7) ? 0 : this.#chance.below(waiting.length), 1);
    if (job === undefined) return null;
    this.#active.set(job.id, { job, token });
    this.#watch(job, token, owner);
    return job;
  }

  /** @returns what ends the waiting */
  wait(queue: WorkQueue, idle: Idle): () => void {
    const all = of(this.#idle, queue).add(idle);
    return () => void all.delete(idle);
  }

  /** @returns false where the lock was lost: another worker has the job, or had it */
  finish(jobId: string, token: string, ending: Ending): boolean {
    const active = this.#active.get(jobId);
    if (active?.token !== token) return false;
    this.#active.delete(jobId);
    const { job } = active;
    if (ending.kind === 'back') this.#enqueue(job);
    if (ending.kind === 'failed') {
      job.attemptsMade += 1;
      job.failedReason = ending.reason;
      if (ending.retry_in_ms === null || job.attemptsMade >= ATTEMPTS)
        of(this.#failed, queueOf(job.data)).set(job.id, job);
      else this.#delay(job, ending.retry_in_ms * MS);
    }
    return true;
  }

  limit(queue: WorkQueue, micros: Micros): void {
    this.#limited.set(queue, this.#scheduler.now + micros);
    this.#scheduler.after(micros, () => this.#tell(queue));
  }

  failed(queue: WorkQueue): readonly Job[] {
    return [...of(this.#failed, queue).values()];
  }

  forgetFailed(queue: WorkQueue, jobIds: readonly string[]): void {
    for (const id of jobIds) of(this.#failed, queue).delete(id);
  }

  bury(letters: readonly DeadLetterJob[]): void {
    for (const letter of letters) {
      const id = deadLetterJobId(letter.dead_letter_id);
      if (!this.letters.has(id)) this.letters.set(id, letter);
    }
  }

  counts(): Readonly<Record<QueueName, QueueCounts>> {
    const still = { waiting: 0, active: 0, delayed: 0, failed: 0 };
    const active = [...this.#active.values()].map(({ job }) => queueOf(job.data));
    const countsOf = (queue: WorkQueue): QueueCounts => ({
      waiting: of(this.#waiting, queue).length,
      active: active.filter((name) => name === queue).length,
      delayed: of(this.#delayed, queue).size,
      failed: of(this.#failed, queue).size,
    });
    const deadOf = (queue: WorkQueue): QueueCounts => ({
      ...still,
      waiting: [...this.letters.values()].filter((letter) => letter.queue === queue).length,
    });
    return {
      ingest: countsOf('ingest'),
      'propagate-supabase': countsOf('propagate-supabase'),
      'propagate-local': countsOf('propagate-local'),
      'propagate-twenty': countsOf('propagate-twenty'),
      'ingest-dead': deadOf('ingest'),
      'propagate-supabase-dead': deadOf('propagate-supabase'),
      'propagate-local-dead': deadOf('propagate-local'),
      'propagate-twenty-dead': deadOf('propagate-twenty'),
      conflicts: { ...still, waiting: this.conflicts.size },
    };
  }

  /** FLUSHALL. */
  empty(): void {
    this.#era += 1;
    for (const jobs of this.#waiting.values()) jobs.length = 0;
    for (const jobs of this.#delayed.values()) jobs.clear();
    for (const jobs of this.#failed.values()) jobs.clear();
    this.#active.clear();
    this.#limited.clear();
    this.letters.clear();
    this.conflicts.clear();
  }

  #enqueue(job: Job): void {
    const queue = queueOf(job.data);
    of(this.#waiting, queue).push(job);
    this.#tell(queue);
  }

  #tell(queue: WorkQueue): void {
    const awake = [...of(this.#idle, queue)].filter((idle) => idle.isAwake());
    this.#chance.pick(awake)?.call();
  }

  #delay(job: Job, micros: Micros): void {
    const era = this.#era;
    const delayed = of(this.#delayed, queueOf(job.data));
    delayed.add(job);
    this.#scheduler.after(micros, () => {
      if (era !== this.#era) return;
      delayed.delete(job);
      this.#enqueue(job);
    });
  }

  /** A lock is renewed by whoever works on its job; else the job has stalled, and is anybody's. */
  #watch(job: Job, token: string, owner: Owner): void {
    this.#scheduler.after(LOCK, () => {
      if (this.#active.get(job.id)?.token !== token) return;
      if (owner.keeps(job.id)) return this.#watch(job, token, owner);
      this.#active.delete(job.id);
      job.stalledCounter += 1;
      if (job.stalledCounter > MAX_STALLED) of(this.#failed, queueOf(job.data)).set(job.id, job);
      else this.#enqueue(job);
    });
  }
}

function of<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new RangeError(`there is no ${String(key)}`);
  return value;
}
