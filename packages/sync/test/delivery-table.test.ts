/** What the hub does with each answer to a delivery, and when a system is behind. The rest of the table needs systems. */
import { type ContactId, type Content, contentHash, timestamp } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import { ANSWERS, BEHIND, type DeliveryKind, HELD_OF_HEAD, type HeldOfHead } from '../spec/delivery.ts';
import { keysOf } from '../spec/words.ts';
import {
  type ApplyOutcome,
  type Delivery,
  type Held,
  isBehind,
  type Parts,
  PermanentError,
  propagate,
  TransientError,
  type Version,
} from '../src/index.ts';

const ID = '1' as ContactId;

function version(number: number, content: Content | null): Version {
  return {
    contact_id: ID,
    version: number,
    last_updated: timestamp('2026-11-22T12:00:00Z'),
    last_updated_by: 'somebody',
    content,
    content_hash: contentHash(content),
  };
}

const refusal = new PermanentError('NOT_TAKEN', 'not taken', { advice: 'look', field: 'emails.0' });
const answers: Readonly<Record<keyof typeof ANSWERS, readonly ApplyOutcome[]>> = {
  applied: [{ contact_id: ID, outcome: 'applied', record_id: 'r' }],
  unchanged: [{ contact_id: ID, outcome: 'unchanged', record_id: 'r' }],
  ahead: [{ contact_id: ID, outcome: 'ahead', record_id: 'r' }],
  rejected: [{ contact_id: ID, outcome: 'rejected', error: refusal }],
  no_answer: [],
};

describe.each(keysOf(ANSWERS))('a delivery that is answered with: %s', (answer) => {
  it.each([false, true])('and whose contact moved meanwhile: %s', async (moved) => {
    const told: Record<'receipt' | 'ingest' | 'letter' | 'again' | 'shown', unknown[]> = {
      receipt: [],
      ingest: [],
      letter: [],
      again: [],
      shown: [],
    };
    const delivery: Delivery = { ...version(3, { canonical_name: 'Ada' }), record_id: 'r', held: null };
    // What propagating asks of its parts, and no more.
    const parts = {
      targets: { local: { batch_size: 10, apply: async () => answers[answer] } },
      ledger: {
        deliverable: async () => [delivery],
        delivered: async (_: string, receipts: readonly unknown[]) => {
          told.receipt.push(...receipts);
          return moved ? [ID] : [];
        },
        bury: async (letters: readonly unknown[]) => {
          told.letter.push(...letters);
          return letters;
        },
      },
      queues: {
        propagate: async (...job: unknown[]) => void told.again.push(job),
        ingest: async (...job: unknown[]) => void told.ingest.push(job),
        bury: async (letters: readonly unknown[]) => void told.shown.push(...letters),
      },
    } as unknown as Parts;
    const cell = ANSWERS[answer];
    const run = propagate(parts, { target: 'local', contact_ids: [ID] });
    if (cell.retried) await expect(run).rejects.toThrow(TransientError);
    else expect((await run).outcomes.get(ID)).toBe(answer);

    const { content_hash } = delivery;
    expect(told.receipt).toEqual(cell.receipt ? [{ contact_id: ID, version: 3, content_hash, record_id: 'r' }] : []);
    expect(told.ingest).toEqual(cell.ingest ? [['local', ['r']]] : []);
    expect(told.again).toEqual(cell.told_if_moved && moved ? [['local', [ID]]] : []);
    expect(told.letter).toEqual(
      cell.letter
        ? [
            {
              queue: 'propagate-local',
              system: 'local',
              key: ID,
              contact_id: ID,
              version: 3,
              code: 'NOT_TAKEN',
              field: 'emails.0',
              reason: 'not taken',
              advice: 'look',
              attempts: 1,
            },
          ]
        : [],
    );
    expect(told.shown).toEqual(told.letter);
  });
});

const heads: Readonly<Record<DeliveryKind, Version>> = {
  live: version(3, { canonical_name: 'Ada' }),
  tombstone: version(3, null),
};

const heldOf = ({ content_hash }: Version): Readonly<Record<HeldOfHead, readonly (Held | undefined)[]>> => {
  const other = contentHash({ canonical_name: 'another' });
  return {
    nothing: [undefined],
    other_content: [0, 2, 3, 9].map((number) => ({ version: number, content_hash: other })),
    same_lower: [0, 2].map((number) => ({ version: number, content_hash })),
    same_equal: [{ version: 3, content_hash }],
    same_higher: [{ version: 4, content_hash }],
  };
};

describe.each(keysOf(heads))('with a head that is a %s version', (kind) => {
  it.each(keysOf(HELD_OF_HEAD))('a system that holds: %s', (name) => {
    for (const held of heldOf(heads[kind])[name]) expect(isBehind(heads[kind], held)).toBe(BEHIND[name][kind]);
  });
});
