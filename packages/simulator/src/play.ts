/** Carries out the steps of a script. */
import { type ContactId, fromMicros, type Timestamp } from '@contact-sync/contact';
import { replay, resolveConflict, SyncError, type System, type SystemRecord } from '@contact-sync/sync';
import { BOUNDS } from './hub.ts';
import type { Part, Weather } from './network.ts';
import { type Micros, MS, SECOND } from './scheduler.ts';
import type { Action, ActionOf, Script } from './script.ts';
import type { Patch } from './systems/index.ts';
import type { Edit, Witness } from './witness.ts';
import type { ProcessName, World } from './world.ts';

/** Who carries out what, by the kind of action. */
type Acts = { readonly [Kind in Action['kind']]: (action: ActionOf<Kind>) => void };

/** How often a program looks at the record that it has made its own. */
const LOOK: Micros = 40 * MS;

export class Player {
  readonly #world: World;
  readonly #witness: Witness;
  readonly #skews: Script['skews'];
  /** What a field held before the last edit, by system and record. */
  readonly #before = new Map<string, string>();
  readonly #acts: Acts;
  #resting = false;

  constructor(world: World, witness: Witness, skews: Script['skews']) {
    this.#world = world;
    this.#witness = witness;
    this.#skews = skews;
    this.#acts = this.#people();
  }

  async play(script: Script): Promise<void> {
    const { scheduler, network } = this.#world;
    if (script.away !== null) network.weather(script.away).away = true;
    // Nobody edits contacts where there are none.
    this.act({ kind: 'create', system: 'local' });
    this.act({ kind: 'create', system: 'twenty' });
    await scheduler.runUntil(() => false, 2 * SECOND);
    for (const { wait, action } of script.steps) {
      await scheduler.runUntil(() => false, wait * MS);
      this.act(action);
    }
  }

  /** Programs that were begun edit no more. */
  rest(): void {
    this.#resting = true;
  }

  act(action: Action): void {
    // The kind says which of the actions it is: the compiler does not follow that through the record.
    (this.#acts[action.kind] as (one: Action) => void)(action);
  }

  #people(): Acts {
    const { network, post, servers, backend, scheduler } = this.#world;
    const during = (seconds: number, end: () => void) => void scheduler.after(seconds * SECOND, end);
    const spell = (part: Part, seconds: number, trouble: Partial<Weather>, over: Partial<Weather>) => {
      const weather = Object.assign(network.weather(part), trouble);
      during(seconds, () => void Object.assign(weather, over));
    };
    return {
      create: ({ system }) => {
        const token = this.#witness.token();
        const name = `name ${token}`;
        this.#note(system, token, () => servers[system].create({ canonical_name: name, job_title: token }));
      },
      edit: ({ system, which, field }) => {
        const record = this.#living(system, which);
        if (record === undefined) return;
        const token = this.#witness.token();
        const patch: Patch = field === 'how_met' ? { llm_context: { how_met: token } } : { [field]: token };
        this.#remember(system, record);
        this.#note(system, token, () => servers[system].edit(record.record_id, patch));
      },
      takeBack: ({ system, which }) => {
        const record = this.#living(system, which);
        const before = record && this.#before.get(`${system}:${record.record_id}`);
        if (record === undefined || before === undefined) return;
        this.#note(system, null, () => servers[system].edit(record.record_id, { job_title: before }));
      },
      spoil: ({ system, which }) => this.#categorize(system, which, 'Q'),
      mend: ({ system, which }) => this.#categorize(system, which, 'B'),
      remove: ({ system, which }) => {
        const record = this.#living(system, which);
        if (record) this.#note(system, null, () => servers[system].remove(record.record_id));
      },
      revive: ({ system, which }) => {
        const gone = servers[system].records().filter(({ deleted }) => deleted);
        const record = gone[which % Math.max(1, gone.length)];
        if (record) this.#note(system, null, () => servers[system].revive(record.record_id));
      },
      destroy: ({ system, which }) => {
        const record = this.#living(system, which);
        if (record) this.#note(system, null, () => servers[system].destroy(record.record_id));
      },
      storm: (action) => this.#storm(action),
      tie: (action) => this.#tie(action),
      resolve: ({ process, which, candidate }) => this.#resolve(process, which, candidate),
      replay: ({ process }) => this.#operate(process, () => replay(this.#world.hub(process).parts, null, 'operator')),
      outage: ({ part, seconds }) => spell(part, seconds, { away: true }, { away: false }),
      slow: ({ part, seconds, by }) => spell(part, seconds, { slow: by * SECOND }, { slow: 0 }),
      lossy: ({ part, seconds, percent }) => spell(part, seconds, { lossy: percent / 100 }, { lossy: 0 }),
      throttle: ({ part, seconds }) => spell(part, seconds, { throttled: true }, { throttled: false }),
      refuse: ({ target, seconds }) => {
        servers[target].refuse(() => true);
        during(seconds, () => servers[target].refuse(null));
      },
      crash: ({ process, requests, after }) => this.#world.hub(process).process.light(requests, after),
      freeze: ({ process, seconds }) => this.#world.hub(process).process.freeze(seconds * SECOND),
      empty: () => backend.empty(),
      post: ({ fate, seconds, percent }) => {
        if (fate === 'lost') post.lost = percent / 100;
        if (fate === 'twice') post.twice = percent / 100;
        if (fate === 'late') post.late = seconds * SECOND;
        during(seconds, () => {
          if (fate === 'late') post.late = 0;
          else post[fate] = 0;
        });
      },
    };
  }

  #categorize(system: System, which: number, category_code: string): void {
    const record = this.#living(system, which);
    if (record === undefined) return;
    const token = this.#witness.token();
    this.#note(system, token, () =>
      this.#world.servers[system].edit(record.record_id, { job_title: token, category_code }),
    );
  }

  #living(system: System, which: number): SystemRecord | undefined {
    const living = this.#world.servers[system].records().filter(({ deleted }) => !deleted);
    return living[which % Math.max(1, living.length)];
  }

  #remember(system: System, record: SystemRecord): void {
    const title = titleOf(record);
    if (typeof title === 'string') this.#before.set(`${system}:${record.record_id}`, title);
  }

  #storm({ systems: [one, other], which, seconds }: ActionOf<'storm'>): void {
    const contact_id = this.#living(one, which)?.contact_id;
    if (contact_id == null) return;
    const { scheduler } = this.#world;
    const end = scheduler.now + seconds * SECOND;
    this.#insist(one, contact_id, end, null);
    // Not at the very same time: that would be a tie, which waits for a person.
    scheduler.after(LOOK / 2, () => this.#insist(other, contact_id, end, null));
  }

  /** @param own what it wrote last */
  #insist(system: System, contact_id: ContactId, end: Micros, own: string | null): void {
    const { servers, scheduler } = this.#world;
    if (this.#resting || scheduler.now >= end) return;
    const record = servers[system].records().find((one) => one.contact_id === contact_id && !one.deleted);
    let says = own;
    if (record !== undefined && titleOf(record) !== own) {
      says = this.#witness.token();
      this.#note(system, says, () => servers[system].edit(record.record_id, { job_title: says }));
    }
    scheduler.after(LOOK, () => this.#insist(system, contact_id, end, says));
  }

  /** @returns `null` where nothing was edited */
  #note(system: System, token: string | null, run: () => SystemRecord | null): Edit | null {
    const keys: string[] = [];
    this.#world.onEvent = ({ key }) => void keys.push(key);
    const record = run();
    this.#world.onEvent = () => {};
    if (record === null) return null;
    const isInvalid = JSON.stringify(record.fields).includes('"Q"');
    const edit = { token, system, record_id: record.record_id, record, keys, isInvalid };
    this.#witness.edits.push(edit);
    return edit;
  }

  #tie({ systems: [one, other], which }: ActionOf<'tie'>): void {
    const { servers, scheduler } = this.#world;
    const record = this.#living(one, which);
    if (record?.contact_id == null) return;
    const rival = servers[other]
      .records()
      .find(({ contact_id, deleted }) => contact_id === record.contact_id && !deleted);
    if (rival === undefined) return;
    // Twenty tells milliseconds only, and a time behind its own clock would be behind what was polled.
    const clock = this.#skews[one === 'twenty' || other === 'twenty' ? 'twenty' : one];
    const now = Math.floor(scheduler.now / MS) * MS + clock * SECOND;
    const at: Timestamp = fromMicros(BigInt(now));
    const edits = (
      [
        [one, record],
        [other, rival],
      ] as const
    ).map(([system, { record_id }]) => {
      const token = this.#witness.token();
      return this.#note(system, token, () => servers[system].edit(record_id, { job_title: token }, at));
    });
    const [first, second] = edits;
    // A clock that is too far ahead is not believed: the time becomes another.
    const isBelieved = (clock - this.#skews.hub) * 1_000 < BOUNDS.skew_ms - 5_000;
    if (first && second && isBelieved) this.#witness.ties.push({ edits: [first, second] });
  }

  #resolve(name: ProcessName, which: number, candidate: number): void {
    const open = this.#world.ledger.conflicts();
    const conflict = open[which % Math.max(1, open.length)];
    const chosen = conflict?.candidates[candidate % conflict.candidates.length];
    if (conflict === undefined || chosen === undefined) return;
    const choice = { candidate: chosen.content_hash };
    this.#operate(name, () => resolveConflict(this.#world.hub(name).parts, conflict.conflict_id, choice, 'operator'));
  }

  /** What an operator asks may fail: he is told, and asks again if he likes. */
  #operate(name: ProcessName, run: () => Promise<unknown>): void {
    if (!this.#world.hub(name).process.awake) return;
    run().catch((error: unknown) => {
      if (!(error instanceof SyncError)) this.#world.onFault(error);
    });
  }
}

/** Twenty has a name of its own for it. */
const titleOf = ({ fields }: SystemRecord) => fields.job_title ?? fields.jobTitle;
