/** Runs each cell of the delivery table of SPEC.md on a real system. */
import { type ContactId, type Content, contactId, contentHash, type Timestamp } from '@contact-sync/contact';
import type { ApplyOutcome, Delivery, RecordId, SystemRecord, TargetAdapter, Version } from '@contact-sync/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The tables are no part of what the package offers to programs.
import {
  type Applied,
  DELIVERY,
  type DeliveryKind,
  RECORDS_AT_TARGET,
  type RecordAtTarget,
} from '../../../sync/spec/delivery.ts';
import { cellFor, isImpossible, keysOf, type SystemKind } from '../../../sync/spec/words.ts';
import { later, TIME } from './bench.ts';
import { promised, type Rig } from './rig.ts';

const NUMBER = 5;
const NEW: Content = { canonical_name: 'New', job_title: 'Countess' };
const STANDING: Content = { canonical_name: 'Standing', job_title: 'Analyst' };

/** A case of the table that cannot be set up. */
class CannotBe extends Error {}

/** How a record stands before the delivery, and what the hub knows of it. */
interface Scene {
  readonly delivery: Delivery;
  readonly record_id: RecordId | null;
  /** Somebody's edit that the system still has to tell of. */
  readonly untold?: true;
}

/**
 * @param open a fresh system, nothing installed; asked for once
 * @param cannot what cannot be set up there, and why
 */
export function describeDeliveries(
  system: string,
  kind: SystemKind,
  open: () => Promise<Rig<TargetAdapter>>,
  cannot: Readonly<Partial<Record<RecordAtTarget, string>>> = {},
): void {
  describe(`a delivery to ${system}`, () => {
    let stage: Stage | undefined;
    beforeAll(async () => {
      const rig = await open();
      await rig.adapter.install();
      stage = new Stage(rig, kind);
    });
    afterAll(() => stage?.rig.close());
    const run = (standing: RecordAtTarget, what: DeliveryKind) => {
      if (stage === undefined) throw new Error('the rig did not open');
      return stage.run(standing, what);
    };

    for (const standing of keysOf(RECORDS_AT_TARGET))
      describe(`that meets ${RECORDS_AT_TARGET[standing]}`, () => {
        for (const what of ['live', 'tombstone'] as const) {
          const cell = cellFor(DELIVERY[standing][what], kind);
          const reason = cannot[standing];
          const subject = what === 'live' ? 'a live version' : 'a tombstone';
          if (isImpossible(cell))
            it(`${subject} cannot: ${cell.impossible}`, () => expect(run(standing, what)).rejects.toThrow(CannotBe));
          else if (reason !== undefined) it.skip(`${subject}: ${cell.outcome} (cannot be: ${reason})`, () => {});
          else it(`${subject} is ${said(cell)}`, async () => check(await run(standing, what), cell));
        }
      });
  });
}

const said = ({ outcome, named }: Applied): string => (named ? `${outcome}, and names it` : outcome);

/** What was there, what was answered, and what is there. */
interface Played extends Scene {
  readonly rig: Rig<TargetAdapter>;
  readonly kind: SystemKind;
  readonly before: SystemRecord | undefined;
  readonly outcome: ApplyOutcome | undefined;
  readonly after: SystemRecord | undefined;
}

async function check({ rig, kind, delivery, before, outcome, after, untold }: Played, cell: Applied): Promise<void> {
  expect(outcome?.outcome).toBe(cell.outcome);
  const { contact_id, content, version } = delivery;
  if (cell.outcome === 'applied' || cell.outcome === 'unchanged') {
    if (content === null) expect(after?.deleted ?? true).toBe(true);
    else {
      expect(after).toMatchObject({ contact_id, version, deleted: false });
      expect(rig.adapter.lens.same(after?.fields ?? {}, content)).toBe(true);
      expect(after).not.toHaveProperty('incomplete');
    }
    if (kind === 'ranked') expect(after).toMatchObject({ version, last_updated: delivery.last_updated });
  } else expect(after).toEqual(cell.named && before ? { ...before, contact_id } : before);
  if (cell.outcome === 'unchanged') expect(after).toEqual(before);
  if (untold && kind === 'ranked') {
    const { changes } = await rig.adapter.changes(null, 500);
    expect(changes.map(({ record_id }) => record_id)).toContain(before?.record_id);
  }
}

class Stage {
  readonly rig: Rig<TargetAdapter>;
  readonly #kind: SystemKind;
  #lastId = 7_000_000;

  constructor(rig: Rig<TargetAdapter>, kind: SystemKind) {
    this.rig = rig;
    this.#kind = kind;
  }

  async run(standing: RecordAtTarget, what: DeliveryKind): Promise<Played> {
    const id = contactId(String(++this.#lastId));
    let mend = async () => {};
    let scene: Scene;
    if (standing === 'refused') {
      if (what === 'tombstone') throw new CannotBe('nothing of it could be refused');
      const spoiled = await promised(this.rig.faults.spoil, 'refusals')(made(id, NUMBER, NEW));
      mend = spoiled.mend;
      scene = { delivery: { ...spoiled.version, record_id: null, held: null }, record_id: null };
    } else scene = await this.#set(id, standing, what === 'live' ? NEW : null);
    const before = await this.#read(scene.record_id);
    const [outcome] = await this.rig.adapter.apply([scene.delivery]).finally(mend);
    const written = outcome === undefined || outcome.outcome === 'rejected' ? scene.record_id : outcome.record_id;
    const after = await this.#read(written);
    return { ...scene, rig: this.rig, kind: this.#kind, before, outcome, after };
  }

  async #read(record_id: RecordId | null): Promise<SystemRecord | undefined> {
    return record_id === null ? undefined : (await this.rig.adapter.fetch([record_id]))[0];
  }

  /** As the hub: brings these versions one after the other. @returns the record */
  async #bring(...versions: readonly Version[]): Promise<RecordId> {
    let record_id: RecordId | null = null;
    let held: Version | null = null;
    for (const version of versions) {
      const [outcome]: readonly ApplyOutcome[] = await this.rig.adapter.apply([{ ...version, record_id, held }]);
      if (outcome?.outcome !== 'applied') throw new CannotBe(`not written: ${outcome?.outcome}`);
      record_id = outcome.record_id;
      held = version;
    }
    if (record_id === null) throw new Error('nothing was brought');
    return record_id;
  }

  /** @throws {CannotBe} where nothing can stand so */
  async #set(id: ContactId, standing: Exclude<RecordAtTarget, 'refused'>, content: Content | null): Promise<Scene> {
    const { user } = this.rig;
    const isRanked = this.#kind === 'ranked';
    const version = made(id, NUMBER, content);
    const to = (record_id: RecordId | null, held: Version | null): Scene => ({
      delivery: { ...version, record_id, held },
      record_id,
    });
    /** The hub brought these, and believes the last. */
    const believed = async (...versions: readonly Version[]) =>
      to(await this.#bring(...versions), versions.at(-1) ?? null);
    const first = made(id, 1, STANDING);
    const bornHere = (record_id: RecordId) => to(record_id, made(id, 0, STANDING));
    /** The content under this number, by way of a live version where it is a tombstone. */
    const brought = (number: number, standingContent: Content | null, when?: Timestamp) =>
      standingContent === null
        ? believed(first, made(id, number, null, when))
        : believed(made(id, number, standingContent, when));

    switch (standing) {
      case 'absent':
        return to(null, null);
      case 'grave_lower':
      case 'grave_equal':
      case 'grave_higher': {
        const number = NUMBER + { grave_lower: -1, grave_equal: 0, grave_higher: 1 }[standing];
        return believed(made(id, number, null));
      }
      case 'lower':
        return brought(NUMBER - 1, STANDING, later(60_000_000));
      case 'equal':
        return brought(NUMBER, STANDING);
      case 'higher':
        return brought(NUMBER + 1, STANDING);
      case 'delivered_lower':
        return brought(NUMBER - 1, content);
      case 'delivered':
        return brought(NUMBER, content);
      case 'delivered_higher':
        return brought(NUMBER + 1, content);
      case 'tombstone_lower':
        return brought(NUMBER - 1, null);
      case 'tombstone_equal':
        return brought(NUMBER, null);
      case 'tombstone_higher':
        return brought(NUMBER + 1, null);
      case 'edited_lower':
      case 'edited_higher': {
        const scene = await brought(standing === 'edited_lower' ? 1 : NUMBER + 1, STANDING);
        await user.edit(recordOf(scene), 'unheard of');
        return { ...scene, untold: true };
      }
      case 'removed_unheard': {
        const scene = await believed(first);
        await user.remove(recordOf(scene));
        return { ...scene, untold: true };
      }
      case 'unnamed':
        return bornHere(await user.create(STANDING));
      case 'unnamed_ahead': {
        const scene = bornHere(await user.create(STANDING));
        // Born under 1: as many edits as bring it above the delivery.
        const edits = isRanked ? NUMBER : 1;
        for (let edit = 1; edit <= edits; edit++) await user.edit(recordOf(scene), `edit ${edit}`);
        return { ...scene, untold: true };
      }
      case 'unnamed_gone': {
        const scene = bornHere(await user.create(STANDING));
        await promised(user.destroy, 'destruction')(recordOf(scene));
        if ((await this.#read(scene.record_id)) === undefined) throw new CannotBe('nothing is left');
        return { ...scene, untold: true };
      }
      case 'lacking': {
        const scene = await believed(made(id, NUMBER, NEW));
        await promised(this.rig.lack, 'lacking')(recordOf(scene));
        return scene;
      }
      case 'two_records': {
        await this.#bring(first);
        return to(await user.create(STANDING), first);
      }
    }
  }
}

function recordOf({ record_id }: Scene): RecordId {
  if (record_id === null) throw new Error('there is no record');
  return record_id;
}

function made(contact_id: ContactId, version: number, content: Content | null, last_updated = TIME): Version {
  return {
    contact_id,
    version,
    last_updated,
    last_updated_by: 'conformance',
    content,
    content_hash: contentHash(content),
  };
}
