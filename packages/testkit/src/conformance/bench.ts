import {
  type ContactId,
  type Content,
  contactId,
  contentHash,
  fromMicros,
  parseContent,
  type Timestamp,
  timestamp,
  toMicros,
} from '@contact-sync/contact';
import type { ApplyOutcome, Change, Delivery, HistoryRow, RecordId, SystemRecord, Version } from '@contact-sync/sync';
import { TransientError } from '@contact-sync/sync';
import { expect } from 'vitest';
import { can } from './register.ts';
import type { Rig, Subject, Traits } from './rig.ts';

/** When the versions of these cases were made, long before any user's edit. */
export const TIME: Timestamp = timestamp('2024-01-02T03:04:05.678901Z');

export const later = (micros: number, than: Timestamp = TIME): Timestamp => fromMicros(toMicros(than) + BigInt(micros));

export const named = (canonical_name: string): Content => ({ canonical_name });

/** The outcome of one delivery; the canonical store has none, and whatever it was sent it has. */
export type Outcome = ApplyOutcome['outcome'];

/**
 * The hub's side of a system: what it has delivered, and how it reads. Each contact has an id of its own, so that the
 * cases of one file share a system.
 */
export class Bench {
  readonly traits: Traits;
  readonly rig: Rig;
  #lastId = 1_000_000n;
  #recorded = toMicros(TIME);
  #cursor: string | null = null;
  readonly #told = new Set<string>();
  readonly #links = new Map<ContactId, RecordId>();
  readonly #held = new Map<ContactId, Version>();

  constructor(traits: Traits, rig: Rig) {
    this.traits = traits;
    this.rig = rig;
  }

  get adapter(): Subject {
    return this.rig.adapter;
  }

  id(): ContactId {
    this.#lastId += 1n;
    return contactId(this.#lastId.toString());
  }

  ids = (count: number): ContactId[] => Array.from({ length: count }, () => this.id());

  version(
    contact_id: ContactId,
    version: number,
    content: Content | null = named(`No. ${contact_id}, ${version}`),
    last_updated: Timestamp = TIME,
  ): Version {
    return {
      contact_id,
      version,
      last_updated,
      last_updated_by: 'conformance',
      content,
      content_hash: contentHash(content),
    };
  }

  /**
   * Brings versions to the system and remembers what it holds since, as the ledger does.
   * @param adapter another than the rig's own
   */
  async write(versions: readonly Version[], adapter: Subject = this.adapter): Promise<Map<ContactId, ApplyOutcome>> {
    if (adapter.system === 'bigquery') {
      await adapter.append(versions.map((version) => this.#historyRow(version)));
      for (const { contact_id } of versions) this.link(contact_id, contact_id);
      return new Map(
        versions.map(({ contact_id }) => [contact_id, { contact_id, outcome: 'applied', record_id: contact_id }]),
      );
    }
    const given = new Map(versions.map((version) => [version.contact_id, version]));
    const outcomes = await adapter.apply(versions.map((version) => this.delivery(version)));
    for (const outcome of outcomes) {
      if (outcome.outcome === 'rejected') continue;
      this.link(outcome.contact_id, outcome.record_id);
      const version = given.get(outcome.contact_id);
      if (outcome.outcome !== 'ahead' && version) this.#held.set(outcome.contact_id, version);
    }
    return new Map(outcomes.map((outcome) => [outcome.contact_id, outcome]));
  }

  delivery = (version: Version): Delivery => ({
    ...version,
    record_id: this.#links.get(version.contact_id) ?? null,
    held: this.#held.get(version.contact_id) ?? null,
  });

  /** As a queue would: again, when the system says that it may succeed the next time. */
  async writeUntilDone(versions: readonly Version[], adapter?: Subject): Promise<Map<ContactId, ApplyOutcome>> {
    for (let attempt = 1; ; attempt++)
      try {
        return await this.write(versions, adapter);
      } catch (error) {
        if (!(error instanceof TransientError) || attempt === 20) throw error;
      }
  }

  link(contact_id: ContactId, record_id: RecordId): void {
    this.#links.set(contact_id, record_id);
  }

  /** The hub has heard that the system holds this version. */
  heard(version: Version): void {
    this.#held.set(version.contact_id, version);
  }

  /** What came of it, where the system says. */
  async expectWrite(version: Version, outcome: Outcome): Promise<void> {
    const outcomes = await this.write([version]);
    if (can(this.traits, 'outcomes')) expect(outcomes.get(version.contact_id)).toMatchObject({ outcome });
  }

  recordIdOf(contact_id: ContactId): RecordId {
    const record_id = this.#links.get(contact_id);
    if (record_id === undefined) throw new Error('the contact has no record yet');
    return record_id;
  }

  async recordOf(contact_id: ContactId): Promise<SystemRecord | undefined> {
    return (await this.adapter.fetch([this.recordIdOf(contact_id)]))[0];
  }

  /** That the system holds exactly this version. */
  async expectStands(version: Version): Promise<void> {
    this.expectIs(await this.recordOf(version.contact_id), version);
  }

  /** That the record is this version, as far as the system can hold it. */
  expectIs(record: SystemRecord | undefined, version: Version): void {
    const { contact_id, content } = version;
    expect(record).toMatchObject({ contact_id, version: version.version, deleted: content === null });
    if (record === undefined) return;
    if (can(this.traits, 'ranks')) expect(record.last_updated).toBe(version.last_updated);
    if (content !== null) this.expectHolds(record, content);
  }

  expectHolds({ fields }: SystemRecord, content: Content): void {
    const { lens } = this.adapter;
    expect(lens.same(fields, content)).toBe(true);
    expect(parseContent(lens.fromRecord(fields, content))).toEqual({ ok: true, content });
    if (can(this.traits, 'whole_contents'))
      expect(parseContent(lens.fromRecord(fields, null))).toEqual({ ok: true, content });
  }

  /** Every record, a page at a time. */
  async everything(limit = 500): Promise<SystemRecord[]> {
    const records: SystemRecord[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Subject['scan']>> = await this.adapter.scan(cursor, limit);
      records.push(...page.records);
      cursor = page.cursor;
    } while (cursor !== null);
    return records;
  }

  /** The records that say they are one of these contacts. */
  async recordsOf(contactIds: readonly ContactId[]): Promise<SystemRecord[]> {
    const wanted = new Set<string | null>(contactIds);
    return (await this.everything()).filter(({ contact_id }) => wanted.has(contact_id));
  }

  /** What is told from here on, without acknowledging or remembering it: a second call tells the same. */
  async pending(limit = 500): Promise<Change[]> {
    return (await this.#read(limit)).changes;
  }

  /** What was not told before, acknowledged. */
  async news(limit = 500): Promise<Change[]> {
    const { changes, cursor } = await this.#read(limit);
    await this.adapter.ack(changes.map(({ key }) => key));
    this.#cursor = cursor;
    const fresh = changes.filter(({ key }) => !this.#told.has(key));
    for (const { key } of fresh) this.#told.add(key);
    return fresh;
  }

  async newsOf(record_id: RecordId): Promise<SystemRecord[]> {
    return (await this.news()).filter((change) => change.record_id === record_id).map(({ record }) => record);
  }

  async #read(limit: number): Promise<{ changes: Change[]; cursor: string | null }> {
    const changes = new Map<string, Change>();
    let cursor = this.#cursor;
    for (;;) {
      const page = await this.adapter.changes(cursor, limit);
      const before = changes.size;
      for (const change of page.changes) changes.set(change.key, change);
      cursor = page.cursor;
      if (!page.more) return { changes: [...changes.values()], cursor };
      if (cursor !== null) continue;
      // A system without cursors tells more once this much was acknowledged.
      if (changes.size === before) throw new Error('there is more to read, and it is never told');
      await this.adapter.ack(page.changes.map(({ key }) => key));
    }
  }

  #historyRow(version: Version): HistoryRow {
    this.#recorded += 1n;
    return {
      ...version,
      change_id: `${version.contact_id}:${version.version}:${version.content_hash}`,
      status: 'accepted',
      source: 'supabase',
      recorded_at: fromMicros(this.#recorded),
    };
  }
}

/** What a call throws; fails when it does not. */
export async function thrownBy(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
