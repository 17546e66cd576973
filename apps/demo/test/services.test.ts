/** The services as a program uses them: alone, with no queue and no worker; and by the queues of a hub that runs. */
import { openServices } from '@contact-sync/hub';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { audit } from '../src/audit.ts';
import { describeProgram } from './services-program.ts';
import { SILENT } from './services-rig.ts';
import { openStage, type Stage } from './services-stage.ts';
import { describeVia } from './services-via.ts';

const SOON = { timeout: 20_000, interval: 50 };
let stage: Stage;
const at = () => stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

for (const via of ['direct', 'queue'] as const) describeVia(at, via);
describeProgram(at);

it('finds every contact in BigQuery again when its ledger is new', async () => {
  const other = (await at().sandbox.postgres?.createDatabase('ledger_anew')) ?? '';
  await using services = await openServices({ ...at().env, LEDGER_URL: other, QUEUE_URL: other }, { log: SILENT });
  await services.install();
  const result = await services.bigquery.syncAllContacts();
  expect(result).toMatchObject({ failed: 0, conflicts: 0, faults: {} });
  await vi.waitFor(async () => expect((await audit(at().clients)).differences).toEqual([]), SOON);
});
