/** Two workers that decide and commit in each other's way, over a real ledger: the promises I1, I2, I5 and I8. */
import { type ContactId, type Content, type Lens, lensOf, type Part } from '@contact-sync/contact';
import {
  decide,
  type Rejection,
  type Surroundings,
  SYSTEMS,
  type System,
  type SystemRecord,
  TARGETS,
  type Target,
  unknownContact,
} from '@contact-sync/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recount } from './recount.ts';
import { failure, idOf, at as moment, NOW, type Rig, receiptOf, rig } from './rig.ts';

let at: Rig;
beforeAll(async () => {
  at = await rig();
});
afterAll(() => at.close());

/** A system that holds these fields as they are, under their own names. */
const lens = (...fields: (keyof Content)[]): Lens =>
  lensOf(
    fields.map(
      (field): Part => ({
        content: [field],
        read: (record) => record[field] ?? null,
        // Text fields only.
        expected: (content) => (content[field] ?? null) as string | null,
        write: (content) => ({ [field]: (content[field] ?? null) as string | null }),
        put: (record) => ({ [field]: record[field] }),
      }),
    ),
  );
const rich = lens('canonical_name', 'organization', 'job_title', 'category_code');
const poor = lens('canonical_name', 'job_title');

const around = (system: System): Surroundings => ({
  system,
  lens: system === 'twenty' ? poor : rich,
  counts_versions: system !== 'twenty',
  now: NOW,
  latest: NOW,
  skew_ms: 0,
  max_version_jump: 1000,
});

type Edit = {
  readonly contact: number;
  readonly bump: number;
  readonly second: number;
  readonly kind: 'text' | 'bad' | 'delete';
};
type Command =
  | ({ readonly do: 'edit'; readonly system: System } & Edit)
  | { readonly do: 'read'; readonly worker: 0 | 1; readonly system: System }
  | { readonly do: 'write'; readonly worker: 0 | 1 }
  | { readonly do: 'race'; readonly systems: readonly [System, System]; readonly edits: readonly [Edit, Edit] }
  | { readonly do: 'write both' }
  | { readonly do: 'deliver'; readonly target: Target }
  | { readonly do: 'receipts' }
  | { readonly do: 'give up'; readonly target: Target; readonly contact: number };

const system = fc.constantFrom(...SYSTEMS);
const target = fc.constantFrom(...TARGETS);
const worker = fc.constantFrom(0 as const, 1 as const);
const contact = fc.nat({ max: 1 });
const edit: fc.Arbitrary<Edit> = fc.record({
  contact,
  bump: fc.constantFrom(1, 1, 1, 2),
  second: fc.constantFrom(0, 0, 1),
  kind: fc.constantFrom('text', 'text', 'text', 'text', 'bad', 'delete'),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(system, edit).map(([where, one]) => ({ do: 'edit' as const, system: where, ...one })),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), worker, system }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('write' as const), worker }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('race' as const),
      systems: fc.tuple(system, system),
      edits: fc.tuple(edit, edit),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('write both' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deliver' as const), target }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('receipts' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('give up' as const), target, contact }) },
);

let worlds = 0;
let lostCommits = 0;

/** Four systems, two workers, and a ledger between them. */
class World {
  readonly ids: readonly ContactId[];
  readonly titles = new Map<string, ContactId>();
  readonly #records = new Map<string, SystemRecord>();
  readonly #plans: [Plan | null, Plan | null] = [null, null];
  readonly #receipts: { target: Target; receipt: ReturnType<typeof receiptOf> }[] = [];
  readonly #number = ++worlds;

  constructor() {
    this.ids = [0, 1].map((n) => idOf(this.#number * 10 + n));
  }

  async run(one: Command): Promise<void> {
    switch (one.do) {
      case 'edit':
        return this.#edit(one.system, one);
      case 'read':
        this.#plans[one.worker] = await this.#decide(one.system);
        return;
      case 'write':
        return this.#write(one.worker);
      case 'race':
        await this.#edit(one.systems[0], one.edits[0]);
        await this.#edit(one.systems[1], one.edits[1]);
        this.#plans[0] = await this.#decide(one.systems[0]);
        this.#plans[1] = await this.#decide(one.systems[1]);
        return this.run({ do: 'write both' });
      case 'write both':
        await Promise.all([this.#write(0), this.#write(1)]);
        return;
      case 'deliver':
        return this.#deliver(one.target);
      case 'receipts':
        for (const { target: to, receipt } of this.#receipts.splice(0)) await at.ledger.delivered(to, [receipt]);
        return;
      case 'give up': {
        const key = this.#id(one.contact);
        const queue = `propagate-${one.target}` as const;
        await at.ledger.bury([failure({ queue, system: one.target, key, contact_id: key })]);
        return;
      }
    }
  }

  /** Makes the contacts known to all, so that workers meet over heads and not only over births. */
  async begin(): Promise<void> {
    for (const n of [0, 1]) await this.#edit('local', { contact: n, bump: 1, second: 0, kind: 'text' });
    await this.drain();
    for (const to of TARGETS) await this.#deliver(to);
    await this.run({ do: 'receipts' });
  }

  /** Decides over everything that is left, one worker alone. */
  async drain(): Promise<void> {
    for (const each of SYSTEMS) {
      this.#plans[0] = await this.#decide(each);
      await this.#write(0);
    }
  }

  #id(n: number): ContactId {
    const id = this.ids[n];
    if (id === undefined) throw new Error('there are two contacts');
    return id;
  }

  async #edit(where: System, { contact: n, bump, second, kind }: Edit): Promise<void> {
    const contact_id = this.#id(n);
    const record_id = `${where}-${contact_id}`;
    const before = this.#records.get(record_id);
    const title = `${this.#number}.${this.titles.size}`;
    const number = (before?.version ?? 0) + (where === 'twenty' ? 0 : bump);
    const record: SystemRecord = {
      record_id,
      contact_id,
      version: number,
      last_updated: moment(number * 10 + second),
      last_updated_by: 'somebody',
      deleted: kind === 'delete',
      fields: { canonical_name: 'Ada', job_title: title, ...(kind === 'bad' && { category_code: 'Q' }) },
    };
    if (kind === 'delete' && before === undefined) return;
    if (kind !== 'delete') this.titles.set(title, contact_id);
    this.#records.set(record_id, record);
    await at.ledger.receive(where, [{ key: `${record_id}/${title}/${kind}/${number}`, record_id, record }], null);
  }

  async #decide(where: System): Promise<Plan> {
    const of = (id: ContactId) => `${where}-${id}`;
    const found = await at.ledger.snapshot(where, this.ids.map(of), this.ids);
    const kept = Map.groupBy(found.inbox, ({ record }) => record.record_id);
    const decisions = this.ids.flatMap((id) => {
      const edits = (kept.get(of(id)) ?? []).filter(({ dead_letter_id }) => dead_letter_id === null);
      const current = this.#records.get(of(id)) ?? null;
      if (edits.length === 0 && current === null) return [];
      return [decide(found.contacts.get(id) ?? unknownContact(id), edits, current, around(where))];
    });
    const rejections = decisions.flatMap(({ commit, refused }): Rejection[] => {
      const { contact_id } = commit;
      const inbox_ids = refused.flatMap(({ entry }) => (entry === null ? [] : [entry.inbox_id]));
      const letter = failure({ queue: 'ingest', system: where, key: of(contact_id), contact_id });
      return refused.length === 0 ? [] : [{ contact_id, inbox_ids, letter }];
    });
    return { commits: decisions.map(({ commit }) => commit), rejections };
  }

  async #write(by: 0 | 1): Promise<void> {
    const plan = this.#plans[by];
    this.#plans[by] = null;
    if (plan === null) return;
    const { lost } = await at.ledger.commit(plan.commits, plan.rejections);
    lostCommits += lost.size;
    const rows = plan.commits.flatMap(({ contact_id, history }) => (lost.has(contact_id) ? [] : history));
    await at.ledger.markAppended({ rows, events: [] });
  }

  /** Writes over what is as the hub believes; the receipt may come later than others. */
  async #deliver(to: Target): Promise<void> {
    for (const delivery of await at.ledger.deliverable(to, this.ids, 0)) {
      const record_id = `${to}-${delivery.contact_id}`;
      const stands = this.#records.get(record_id);
      if (stands && stands.version >= delivery.version) continue;
      this.#records.set(record_id, {
        record_id,
        contact_id: delivery.contact_id,
        version: delivery.version,
        last_updated: delivery.last_updated,
        last_updated_by: 'hub',
        deleted: delivery.content === null,
        fields: delivery.content === null ? {} : around(to).lens.toRecord(delivery.content),
      });
      this.#receipts.push({ target: to, receipt: receiptOf(delivery, record_id) });
    }
  }
}

interface Plan {
  readonly commits: Parameters<Rig['ledger']['commit']>[0];
  readonly rejections: readonly Rejection[];
}

/** What lies in versions, open conflicts and dead letters of these contacts, by its title. */
async function titlesKept(ids: readonly ContactId[]): Promise<Set<string>> {
  const rows = await at.sql<{ title: string }>(
    `select content::json ->> 'job_title' as title from versions where contact_id = any ($1)
    union
    select c.value -> 'content' ->> 'job_title'
    from conflicts x, json_array_elements(x.candidates::json) c
    where x.contact_id = any ($1) and x.status = 'open'
    union
    select record::json -> 'fields' ->> 'job_title' from inbox
    where contact_id = any ($1) and dead_letter_id is not null and done_at is null`,
    [ids],
  );
  return new Set(rows.map(({ title }) => title));
}

it('lose no edit, count versions once and upwards, and know what is behind, however they meet', async () => {
  const history = fc.array(command, { minLength: 12, maxLength: 40, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), history, async (known, commands) => {
      const world = new World();
      if (known) await world.begin();
      for (const one of commands) await world.run(one);
      await world.run({ do: 'write both' });
      await world.drain();

      const kept = await titlesKept(world.ids);
      for (const title of world.titles.keys()) expect(kept).toContain(title);
      const undecided = 'select from inbox where contact_id = any ($1) and done_at is null and dead_letter_id is null';
      expect(await at.sql(undecided, [world.ids])).toEqual([]);

      for (const state of (await at.ledger.contacts(world.ids)).values()) {
        const accepted = await at.sql<{ version: string }>(
          `select version from versions where contact_id = $1 and status = 'accepted' order by committed_at, version`,
          [state.contact_id],
        );
        const numbers = accepted.map(({ version }) => Number(version));
        expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
        expect(state.head?.version).toBe(numbers.at(-1));
        const behind = await at.sql<{ target: Target; behind: boolean; since: boolean }>(
          'select target, behind, behind_since is not null as since from deliveries where contact_id = $1',
          [state.contact_id],
        );
        expect(behind).toHaveLength(TARGETS.length);
        for (const row of behind) {
          const held = state.held[row.target];
          const expected =
            held === undefined ||
            state.head === null ||
            !(held.content_hash === state.head.content_hash && held.version >= state.head.version);
          expect(row).toEqual({ target: row.target, behind: expected, since: expected });
        }
      }
      expect(
        await at.sql('select contact_id from conflicts where status = $1 group by 1 having count(*) > 1', ['open']),
      ).toEqual([]);
      await recount(at);
    }),
    { numRuns: 25 },
  );
  // Histories in which nobody meets would prove nothing.
  const [reached] = await at.sql<{ conflicts: number; superseded: number; refused: number }>(
    `select (select count(*)::int from conflicts) as conflicts,
      (select count(*)::int from versions where status = 'superseded') as superseded,
      (select count(*)::int from dead_letters where queue = 'ingest') as refused`,
  );
  expect(lostCommits).toBeGreaterThan(60);
  expect(reached?.conflicts).toBeGreaterThan(5);
  expect(reached?.superseded).toBeGreaterThan(60);
  expect(reached?.refused).toBeGreaterThan(20);
}, 60_000);
