/** The whole hub in this process, on a sandbox of its own, with the outside programs' clients. */
import { isReady, loadConfig } from '@contact-sync/config';
import { createHub, type Hub } from '@contact-sync/hub';
import { type Sandbox, type SandboxOptions, startSandbox } from '@contact-sync/sandbox';
import { startServer } from '@contact-sync/server';
import type { ContactState, Log } from '@contact-sync/sync';
import { startWorker } from '@contact-sync/worker';
import { vi } from 'vitest';
import { type Clients, connect } from '../src/clients.ts';

export interface Running {
  readonly sandbox: Sandbox;
  readonly clients: Clients;
  /** The one that runs now: {@link restart} makes another. */
  hub(): Hub;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Inserts by plain SQL, as a program beside the hub. @returns once all four systems have it */
  born(row: Readonly<Record<string, unknown>>): Promise<string>;
  /** Waits for the contact_id that the hub gives to a row of the local database. */
  named(row: string): Promise<string>;
  /** Waits until the head has this job title and every system holds the head. */
  settled(contactId: string, job_title: string): Promise<ContactState>;
  state(contactId: string): Promise<ContactState>;
  close(): Promise<void>;
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
const EVERYWHERE = { timeout: 20_000, interval: 50 };

/** @param queueUrl `null` for the sandbox's own Postgres */
export async function startRunning(
  queueUrl: string | null,
  options: Pick<SandboxOptions, 'local' | 'twentyRequestsPerMinute'> & {
    readonly env?: Readonly<Record<string, string>>;
    /** What is there before the hub first starts. */
    readonly prepare?: (clients: Clients) => Promise<void>;
    readonly log?: Log;
  } = {},
): Promise<Running> {
  const { env: more, prepare, log = SILENT, ...sandboxOptions } = options;
  const sandbox = await startSandbox(sandboxOptions);
  const env = { ...sandbox.env, ...(queueUrl !== null && { QUEUE_URL: queueUrl }), ...more };
  const clients = connect(env, sandbox.twenty?.userToken ?? '');
  await prepare?.(clients);
  let parts: { readonly hub: Hub; stop(): Promise<void> } | null = null;
  const current = () => {
    if (parts === null) throw new Error('the hub is stopped');
    return parts.hub;
  };

  const running: Running = {
    sandbox,
    clients,
    hub: current,
    async start() {
      // Each time anew, as a program that starts.
      const config = loadConfig(env);
      if (!isReady(config)) throw new Error('the sandbox configures everything');
      const hub = await createHub(config, log);
      for (const { part, error } of await hub.install()) if (error) throw new Error(`${part}: ${error.code}`);
      const worker = await startWorker(hub, { drain_ms: 500 });
      const server = await startServer(hub, {
        console: false,
        host: '127.0.0.1',
        port: Number(sandbox.env.PORT),
        wake: worker.intake.wake,
      });
      parts = {
        hub,
        async stop() {
          await Promise.all([server.close(), worker.close()]);
          await hub.close();
        },
      };
    },
    async stop() {
      await parts?.stop();
      parts = null;
    },
    async state(contactId) {
      const states = await current().parts.ledger.contacts([contactId as ContactState['contact_id']]);
      const state = [...states.values()][0];
      if (state === undefined) throw new Error('the ledger does not know the contact');
      return state;
    },
    settled: (contactId, job_title) =>
      vi.waitFor(async () => {
        const state = await running.state(contactId);
        const { head, held } = state;
        if (head?.content?.job_title !== job_title) throw new Error('the head is another');
        for (const target of ['supabase', 'local', 'twenty'] as const)
          if (held[target]?.content_hash !== head.content_hash || held[target].version < head.version)
            throw new Error(`${target} is behind`);
        return state;
      }, EVERYWHERE),
    named: (row) =>
      vi.waitFor(async () => {
        const sql = 'select contact_id from contacts where id = $1';
        const { rows } = await clients.local.query(sql, [row]);
        const contactId = rows[0]?.contact_id;
        if (typeof contactId !== 'string') throw new Error('not named yet');
        return contactId;
      }, EVERYWHERE),
    async born(row) {
      const { rows } = await clients.local.query(
        `insert into contacts (canonical_name, job_title, category_code, organization)
         values ($1, $2, $3, $4) returning id`,
        [row.canonical_name, row.job_title ?? 'new', row.category_code ?? null, row.organization ?? null],
      );
      const id = await running.named(String(rows[0]?.id));
      await running.settled(id, String(row.job_title ?? 'new'));
      return id;
    },
    async close() {
      await running.stop();
      await clients.close();
      await sandbox.close();
    },
  };
  await running.start();
  return running;
}
