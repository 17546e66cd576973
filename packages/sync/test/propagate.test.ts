import { type ContactId, contentHash, timestamp } from '@contact-sync/contact';
import { expect, it } from 'vitest';
import { type Delivery, type Parts, propagate } from '../src/index.ts';

it('tells the queue again of a contact whose head moved while it was being delivered', async () => {
  const contact_id = '1' as ContactId;
  const content = { canonical_name: 'Ada' };
  const delivery: Delivery = {
    contact_id,
    content,
    content_hash: contentHash(content),
    version: 1,
    last_updated: timestamp('2026-11-22T12:00:00Z'),
    last_updated_by: 'somebody',
    record_id: null,
    held: null,
  };
  const told: unknown[] = [];
  const run = async (behind: readonly ContactId[]) => {
    const parts = {
      targets: {
        supabase: { batch_size: 10, apply: async () => [{ contact_id, outcome: 'applied', record_id: '7' }] },
      },
      ledger: { deliverable: async () => [delivery], delivered: async () => behind },
      queues: { propagate: async (...job: unknown[]) => void told.push(job) },
    } as unknown as Parts;
    return propagate(parts, { target: 'supabase', contact_ids: [contact_id] });
  };
  expect((await run([])).outcomes.get(contact_id)).toBe('applied');
  expect(told).toEqual([]);
  // Deleted meanwhile: it was not behind there, so that nobody told the target of its deletion.
  await run([contact_id]);
  expect(told).toEqual([['supabase', [contact_id]]]);
});
