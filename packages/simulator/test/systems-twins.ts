/** A script of users and the hub, played to a model and to the real thing. */
import {
  type ContactId,
  type Content,
  contactId,
  contentHash,
  fromMicros,
  type Timestamp,
} from '@contact-sync/contact';
import type { ApplyOutcome, RecordId, SystemRecord, TargetAdapter, Version } from '@contact-sync/sync';
import fc from 'fast-check';

/** Somewhere to play it. Users' acts on what is not there do nothing. */
export interface Stage {
  readonly adapter: TargetAdapter;
  /** `null` where a unique value is taken. */
  create(content: Content): Promise<RecordId | null>;
  /** @param at brought along by the user, where the system takes that */
  edit(id: RecordId, job_title: string, at: Timestamp | undefined): Promise<void>;
  remove(id: RecordId): Promise<void>;
  revive(id: RecordId): Promise<void>;
  destroy(id: RecordId): Promise<void>;
}

/** A record that a user made, or the one of a contact. */
type Handle = `born ${number}` | `contact ${number}`;

type Step =
  | { readonly do: 'create'; readonly at: Handle; readonly content: number }
  | { readonly do: 'edit'; readonly at: Handle; readonly title: string; readonly time: number | undefined }
  | { readonly do: 'remove' | 'revive' | 'destroy'; readonly at: Handle }
  | {
      readonly do: 'deliver';
      readonly contact: number;
      /** Above the highest version that any record of the script carries. */
      readonly above: number;
      readonly time: number;
      readonly content: number | null;
      /** The hub takes this for the contact's record, whatever it was told before. */
      readonly as: Handle | undefined;
      /** The hub has forgotten what it delivered before. */
      readonly forgotten: boolean;
    };

const CONTACTS = 2;
const handle = fc.oneof(fc.constantFrom<Handle>('born 0', 'born 1'), fc.constantFrom<Handle>('contact 0', 'contact 1'));
const time = fc.nat(2);
const content = fc.nat(3);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('create'), at: fc.constantFrom<Handle>('born 0', 'born 1'), content }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('edit'),
      at: handle,
      title: fc.constantFrom('one', 'two'),
      time: fc.option(time, { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('remove', 'revive', 'destroy'), at: handle }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('deliver'),
      contact: fc.nat(CONTACTS - 1),
      above: fc.constantFrom(-1, 0, 0, 1, 1),
      time,
      content: fc.option(content, { nil: null, freq: 3 }),
      as: fc.option(handle, { nil: undefined, freq: 1 }),
      forgotten: fc.nat(4).map((one) => one === 0),
    }),
  },
);
export const scripts = fc.array(step, { minLength: 8, maxLength: 24, size: 'max' });

/** What can be compared of a record: no ids of its system, and no time but those of the script. */
interface Seen {
  readonly at: Handle | null;
  readonly contact: number | null;
  readonly version: number;
  readonly when: Timestamp | 'now';
  readonly deleted: boolean;
  readonly edited: boolean;
  readonly fields: SystemRecord['fields'];
}

/** One playing of one script. */
export class Playing {
  readonly #stage: Stage;
  readonly #run: number;
  readonly #ids = new Map<Handle, RecordId>();
  readonly #links = new Map<ContactId, RecordId>();
  readonly #held = new Map<ContactId, Version>();

  #highest = 1;

  /** @param run tells one script's contacts and addresses from those of the others */
  constructor(stage: Stage, run: number) {
    this.#stage = stage;
    this.#run = run;
  }

  /** @returns what came of it, and how all records stand then */
  async play(next: Step): Promise<unknown> {
    const outcome = next.do === 'deliver' ? await this.#deliver(next) : await this.#act(next);
    return { outcome, standing: await this.standing() };
  }

  async standing(): Promise<readonly Seen[]> {
    const records = await this.#stage.adapter.fetch([...new Set(this.#ids.values())]);
    this.#highest = Math.max(1, ...records.map(({ version }) => version));
    return records.map((record) => this.seen(record)).sort(byHandle);
  }

  isOurs = ({ record_id }: Pick<SystemRecord, 'record_id'>): boolean => [...this.#ids.values()].includes(record_id);

  seen({ record_id, contact_id, version, last_updated, deleted, edited, fields }: SystemRecord): Seen {
    const times = [0, 1, 2].map(timeOf);
    return {
      at: [...this.#ids].find(([, id]) => id === record_id)?.[0] ?? null,
      contact: contact_id === null ? null : Number(contact_id) - this.#run * CONTACTS,
      version,
      when: times.includes(last_updated) ? last_updated : 'now',
      deleted,
      edited: edited ?? false,
      fields,
    };
  }

  async #act(next: Exclude<Step, { do: 'deliver' }>): Promise<null> {
    if (next.do === 'create') {
      // An address may be taken.
      const id = await this.#stage.create(this.#content(next.content));
      if (id !== null) this.#ids.set(next.at, id);
      return null;
    }
    const id = this.#ids.get(next.at);
    if (id === undefined) return null;
    if (next.do !== 'edit') await this.#stage[next.do](id);
    else await this.#stage.edit(id, next.title, next.time === undefined ? undefined : timeOf(next.time));
    return null;
  }

  async #deliver(next: Extract<Step, { do: 'deliver' }>): Promise<unknown> {
    const contact_id = contactId(String(this.#run * CONTACTS + next.contact));
    const given = next.content === null ? null : this.#content(next.content);
    const version: Version = {
      contact_id,
      version: Math.max(1, this.#highest + next.above),
      last_updated: timeOf(next.time),
      last_updated_by: 'hub',
      content: given,
      content_hash: contentHash(given),
    };
    const record_id = (next.as && this.#ids.get(next.as)) ?? this.#links.get(contact_id) ?? null;
    const held = next.forgotten ? null : (this.#held.get(contact_id) ?? null);
    const [outcome] = await this.#stage.adapter.apply([{ ...version, record_id, held }]);
    if (outcome === undefined) throw new Error('no outcome');
    return this.#told(outcome, version, next.contact);
  }

  #told(outcome: ApplyOutcome, version: Version, contact: number): unknown {
    if (outcome.outcome === 'rejected') return outcome.error.code;
    const { record_id } = outcome;
    this.#links.set(version.contact_id, record_id);
    if (outcome.outcome !== 'ahead') this.#held.set(version.contact_id, version);
    const known = [...this.#ids].find(([, id]) => id === record_id)?.[0];
    if (known === undefined) this.#ids.set(`contact ${contact}`, record_id);
    return [outcome.outcome, known ?? 'new'];
  }

  /** Four contents, of which two have the same address. */
  #content(index: number): Content {
    return {
      canonical_name: `Name ${index}`,
      organization: `Company ${index}`,
      ...(index > 1 ? { job_title: 'one' } : {}),
      ...(index % 2 === 0 ? {} : { emails: [`Shared-${this.#run}@example.com`] }),
      llm_context: { key_interests: [`interest ${index}`] },
    };
  }
}

const timeOf = (index: number): Timestamp => fromMicros(1_700_000_000_000_000n + BigInt(index));

const byHandle = (a: Seen, b: Seen): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
