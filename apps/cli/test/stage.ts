/** The four systems and a whole hub in this process, for commands to work on. */

import { loadReadyConfig } from '@contact-sync/config';
import type { ContactId } from '@contact-sync/contact';
import { createHub, type Hub, openLog } from '@contact-sync/hub';
import { startSandbox } from '@contact-sync/sandbox';
import { ingest, type SystemRecord } from '@contact-sync/sync';
import { startWorker } from '@contact-sync/worker';
import { vi } from 'vitest';

/** What commands of a test are tried on. */
export interface Stage {
  readonly env: Readonly<Record<string, string>>;
  readonly hub: Hub;
  /** Two edits of one contact, in the local database and in Supabase, of one version and one moment. */
  tie(contactId: ContactId): Promise<void>;
  /** Waits until every system has the contact as it is. */
  inStep(contactId: ContactId): Promise<void>;
  close(): Promise<void>;
}

/** @throws {Error} when something cannot be installed */
export async function openStage(): Promise<Stage> {
  // The allowance is the real one elsewhere: here it would only make everybody wait.
  const sandbox = await startSandbox({ twentyRequestsPerMinute: 60_000 });
  const hub = await createHub(loadReadyConfig(sandbox.env), openLog('silent'));
  for (const { part, error } of await hub.install()) if (error) throw new Error(`${part}: ${error.code}`);
  const worker = await startWorker(hub);
  const { parts, desk } = hub;

  const edited = async (
    contactId: ContactId,
    system: 'local' | 'supabase',
    last_updated: SystemRecord['last_updated'],
  ) => {
    const state = (await parts.ledger.contacts([contactId])).get(contactId);
    const { links, head } = state ?? {};
    const record_id = links?.[system];
    if (!head?.content || record_id === undefined) throw new Error('no contact that is everywhere');
    const content = { ...head.content, job_title: `of ${system}` };
    return {
      ...{ record_id, contact_id: contactId, version: head.version + 1, last_updated, deleted: false },
      last_updated_by: `somebody in ${system}`,
      fields: parts.targets[system].lens.toRecord(content),
    };
  };

  return {
    ...{ env: sandbox.env, hub },
    async tie(contactId) {
      const moment = (await parts.ledger.contacts([contactId])).get(contactId)?.head?.last_updated;
      if (moment === undefined) throw new Error('no such contact');
      // Both are told before either is decided over.
      const records = {
        local: await edited(contactId, 'local', moment),
        supabase: await edited(contactId, 'supabase', moment),
      };
      for (const system of ['local', 'supabase'] as const) {
        const record = records[system];
        await parts.ledger.receive(
          system,
          [{ key: `tie:${system}:${contactId}`, record_id: record.record_id, record }],
          null,
        );
        await ingest(parts, { system, record_ids: [record.record_id] });
      }
    },
    async inStep(contactId) {
      await vi.waitFor(
        async () => {
          const { systems, state } = await desk.contact(contactId);
          if (state !== 'in_step' || systems.some(({ behind }) => behind)) throw new Error(`${contactId} is ${state}`);
        },
        { timeout: 20_000, interval: 50 },
      );
    },
    async close() {
      await worker.close();
      await hub.close();
      await sandbox.close();
    },
  };
}
