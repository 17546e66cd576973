/** Deliveries that failed for good, tried again together: one that fails again, or breaks a batch, is told from the others. */
import { type ContactId, contentHash, timestamp } from '@contact-sync/contact';
import { expect, it } from 'vitest';
import {
  type ApplyOutcome,
  type DeadLetter,
  type Delivery,
  type NewDeadLetter,
  OutageError,
  type Parts,
  PermanentError,
  replay,
} from '../src/index.ts';

const content = { canonical_name: 'Ada' };
const deliveryOf = (contact_id: ContactId): Delivery => ({
  ...{ contact_id, content, content_hash: contentHash(content), version: 1, record_id: null, held: null },
  last_updated: timestamp('2026-11-22T12:00:00Z'),
  last_updated_by: 'somebody',
});
const refusal = (code: string) => new PermanentError(code, 'refused', { advice: 'Mend it.' });
const idOf = (n: number) => String(n) as ContactId;

/**
 * So many letters of a target that answers as `apply` says. What is asked of the ledger about letters is kept.
 *
 * @param apply `null`: it is written
 * @param braked it has gained too many versions to be sent now
 */
function world(
  count: number,
  apply: (id: ContactId, together: readonly ContactId[]) => PermanentError | null,
  braked: ContactId | null = null,
) {
  let serial = 0;
  const letterOf = (id: ContactId, code: string): DeadLetter => ({
    ...{
      dead_letter_id: `${++serial}`,
      queue: 'propagate-local',
      system: 'local',
      key: id,
      contact_id: id,
      version: 1,
    },
    ...{ code, field: null, reason: 'refused', advice: 'Mend it.', attempts: 1, created_at: '2026-11-22T12:00:00Z' },
  });
  let letters = Array.from({ length: count }, (_, n) => letterOf(idOf(n + 1), 'BEFORE'));
  const asked: unknown[] = [];
  const sent: (readonly ContactId[])[] = [];
  const parts = {
    targets: {
      local: {
        batch_size: 100,
        apply: async (deliveries: readonly Delivery[]) => {
          const ids = deliveries.map(({ contact_id }) => contact_id);
          sent.push(ids);
          return ids.map((contact_id): ApplyOutcome => {
            const error = apply(contact_id, ids);
            return error === null
              ? { contact_id, outcome: 'applied', record_id: `r${contact_id}` }
              : { contact_id, outcome: 'rejected', error };
          });
        },
      },
    },
    ledger: {
      deadLetters: async (filter: { ids?: readonly string[]; contact_ids?: readonly ContactId[] } = {}) => {
        asked.push(filter);
        const { ids, contact_ids } = filter;
        return letters.filter(
          ({ dead_letter_id, contact_id }) =>
            (ids?.includes(dead_letter_id) ?? true) && (contact_ids?.includes(contact_id ?? idOf(0)) ?? true),
        );
      },
      closeDeadLetters: async (ids: readonly string[]) => {
        letters = letters.filter(({ dead_letter_id }) => !ids.includes(dead_letter_id));
      },
      deliverable: async (_: string, ids: readonly ContactId[], _fill: number, all = false) =>
        ids.filter((id) => !letters.some(({ key }) => key === id) && (all || id !== braked)).map(deliveryOf),
      delivered: async () => [],
      bury: async (given: readonly NewDeadLetter[]) => {
        const buried = given.map(({ key, code }) => letterOf(idOf(Number(key)), code));
        letters.push(...buried);
        return buried;
      },
    },
    queues: { bury: async () => undefined, unbury: async () => undefined },
  } as unknown as Parts;
  return { parts, asked, sent, open: () => letters.map(({ key, code }) => [key, code]) };
}

it('what fails again says why it did so this time', async () => {
  const { parts, open } = world(2, (id) => refusal(`NOW_${id}`));
  expect(await replay(parts, ['1', '2'], 'ann')).toEqual([
    { dead_letter_id: '1', result: 'failed', code: 'NOW_1' },
    { dead_letter_id: '2', result: 'failed', code: 'NOW_2' },
  ]);
  expect(open()).toEqual([
    ['1', 'NOW_1'],
    ['2', 'NOW_2'],
  ]);
});

it('one that waits for what another gives up is brought after it, under the id by which it was asked for', async () => {
  let isFree = false;
  const { parts, open, asked } = world(3, (id) => {
    if (id === idOf(2)) isFree = true;
    return id === idOf(1) && !isFree ? refusal('TAKEN') : null;
  });
  expect((await replay(parts, ['1', '2'], 'ann')).map(({ result }) => result)).toEqual(['applied', 'applied']);
  // Of the third nobody asked.
  expect(open()).toEqual([['3', 'BEFORE']]);
  for (const filter of asked) expect(filter).not.toEqual({});
});

it('one that breaks its batch fails alone', async () => {
  const { parts, sent } = world(3, (_, together) => {
    if (together.includes(idOf(2))) throw refusal('BROKEN');
    return null;
  });
  expect((await replay(parts, null, 'ann')).map(({ result, code }) => [result, code])).toEqual([
    ['applied', null],
    ['failed', 'BROKEN'],
    ['applied', null],
  ]);
  expect(sent[0]).toHaveLength(3);
});

it('one whose contact is braked says so, and waits without a dead letter', async () => {
  const { parts, sent, open } = world(2, () => null, idOf(2));
  expect((await replay(parts, null, 'ann')).map(({ result, code }) => [result, code])).toEqual([
    ['applied', null],
    ['failed', 'BRAKED'],
  ]);
  expect(sent).toEqual([[idOf(1)]]);
  expect(open()).toEqual([]);
});

it('where the target is away all fail by its code, are tried once, and wait for it without a dead letter', async () => {
  const { parts, sent, open } = world(3, () => {
    throw new OutageError('LOCAL_AWAY', 'nobody answers');
  });
  expect(new Set((await replay(parts, null, 'ann')).map(({ code }) => code))).toEqual(new Set(['LOCAL_AWAY']));
  expect(sent).toHaveLength(1);
  expect(open()).toEqual([]);
});
