/** The whole system in this process, with the console in front: what browsers are let loose on. */
import { isReady, loadConfig } from '@contact-sync/config';
import { consoleFolder } from '@contact-sync/console';
import { createHub, type Hub } from '@contact-sync/hub';
import { type Sandbox, startSandbox } from '@contact-sync/sandbox';
import { startServer } from '@contact-sync/server';
import type { Log } from '@contact-sync/sync';
import { startWorker } from '@contact-sync/worker';
import { type Clients, connect } from './clients.ts';
import { Watch } from './watch.ts';

/** The four systems, the hub on them, its server, and the outside programs' clients. */
export interface ConsoleStage {
  readonly sandbox: Sandbox;
  readonly clients: Clients;
  readonly watch: Watch;
  readonly hub: Hub;
  /** Of the server; the same each time it is opened. */
  readonly url: string;
  /** What the server lets people in for. */
  readonly token: string;
  /** The server goes away. The hub goes on. */
  shut(): Promise<void>;
  /** The server comes back. */
  open(): Promise<void>;
  close(): Promise<void>;
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Starts all of it, and builds the console first where it is older than its sources.
 *
 * @param env what the hub is to be told beside where everything is
 */
export async function openConsoleStage(env: Readonly<Record<string, string>> = {}): Promise<ConsoleStage> {
  await using started = new AsyncDisposableStack();
  // The allowance is the real one elsewhere: here it would only make everybody wait.
  const folder = consoleFolder();
  folder.catch(() => undefined);
  const sandbox = await startSandbox({ twentyRequestsPerMinute: 60_000 });
  started.defer(() => sandbox.close());
  const clients = connect(sandbox.env, sandbox.twenty?.userToken ?? '');
  started.defer(() => clients.close());
  const watch = new Watch(sandbox.env.LEDGER_URL ?? '', new Promise<never>(() => {}));
  started.defer(() => watch.close());

  const token = 'correct horse battery staple';
  const config = loadConfig({ ...sandbox.env, ...env, API_TOKEN: token });
  if (!isReady(config)) throw new Error('the sandbox configures everything');
  const hub = await createHub(config, SILENT);
  started.defer(() => hub.close());
  for (const { part, error } of await hub.install()) if (error) throw new Error(`${part}: ${error.code}`);
  const worker = await startWorker(hub, { drain_ms: 500 });
  started.defer(() => worker.close());
  // Where the systems send their webhooks.
  const place = { host: '127.0.0.1', port: Number(sandbox.env.PORT) };
  const { wake } = worker.intake;
  const listen = () => startServer(hub, { ...place, apiToken: token, wake, console: folder, live: { every_ms: 250 } });
  await folder;
  let server: Awaited<ReturnType<typeof listen>> | null = await listen();
  const { url } = server;
  const shut = async () => {
    await server?.close();
    server = null;
  };
  started.defer(shut);
  const all = started.move();
  return {
    ...{ sandbox, clients, watch, hub, url, token, shut },
    async open() {
      server ??= await listen();
    },
    close: () => all.disposeAsync(),
  };
}
