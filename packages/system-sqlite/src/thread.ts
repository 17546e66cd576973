/**
 * The thread that owns the connection. node:sqlite is synchronous: a lock that somebody else holds, or a large scan,
 * must not stop the hub's event loop.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { digests, scanBuckets } from './buckets.ts';
import { Database, isBusy } from './database.ts';
import { faultOf, OutageFault, resultCode } from './fault.ts';
import { checkInstalled, install, isIntact } from './install.ts';
import type { Call, CallName, Calls, Reply, ThreadOptions } from './protocol.ts';
import { changes, fetch, scan } from './read.ts';
import { apply } from './write.ts';

/** Between attempts, while other calls are served. */
const RETRY_MS = 20;

// Both are given by client.ts, which starts this file.
const { path, mapping, busy_ms, watch_ms } = workerData as ThreadOptions;
const port = parentPort;
if (port === null) throw new Error('this file runs as a thread');

const database = new Database(path, mapping);
let watching: NodeJS.Timeout | undefined;
let newest: string | null = null;

type Answer<Name extends CallName> = Calls[Name]['answer'];
type Operations = { readonly [Name in CallName]: (args: Calls[Name]['args']) => Answer<Name> | Promise<Answer<Name>> };

const ready = (): Database => {
  checkInstalled(database, mapping);
  return database;
};

const operations: Operations = {
  install: ({ dry_run }) => install(database, mapping, dry_run),
  apply: ({ rows }) => apply(ready(), rows, () => isIntact(database, mapping)),
  changes: ({ limit }) => changes(ready(), limit),
  ack({ keys }) {
    ready().run('ack', keys);
    return null;
  },
  fetch: ({ ids }) => fetch(ready(), ids),
  scan: ({ cursor, limit }) => scan(ready(), cursor, limit),
  digests: () => digests(ready()),
  scanBuckets: ({ buckets, cursor, limit }) => scanBuckets(ready(), buckets, cursor, limit),
  state() {
    const { db } = ready();
    database.checkWritable();
    const mode = db.prepare('PRAGMA journal_mode').get()?.journal_mode;
    return { wal: mode === 'wal' };
  },
  watch({ on }) {
    clearInterval(watching);
    watching = undefined;
    if (!on) return null;
    look();
    watching = setInterval(() => {
      if (look()) send({ woken: true });
    }, watch_ms);
    return null;
  },
  close() {
    clearInterval(watching);
    database.close();
    port.close();
    return null;
  },
};

let seen: unknown = null;

/** True when there are edits that were not there the last time. The version of the data stays as it is by our own writes. */
function look(): boolean {
  try {
    const db = database.connect();
    if (db === null) return false;
    const version = db.prepare('PRAGMA data_version').get()?.data_version;
    const key = `${database.generation} ${version}`;
    if (key === seen) return false;
    const last = database.all('newest')[0]?.id ?? null;
    seen = key;
    const news = last !== null && last !== newest;
    newest = typeof last === 'string' ? last : newest;
    return news;
  } catch {
    return false; // busy, or not installed, or worse: the next look or call will tell
  }
}

const send = (reply: Reply): void => port.postMessage(reply);

async function answer(call: Call): Promise<void> {
  const deadline = performance.now() + busy_ms;
  for (;;) {
    try {
      // The name says which arguments came with it: see Calls.
      const operation = operations[call.name] as (args: unknown) => Answer<CallName> | Promise<Answer<CallName>>;
      const told = operation(call.args);
      send({ id: call.id, answer: told instanceof Promise ? await told : told });
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) {
        send({ id: call.id, fault: faultOf(explain(error)) });
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** SQLITE_ERROR stands for anything: somebody may have dropped what is contact-sync's. */
function explain(error: unknown): unknown {
  if (resultCode(error) !== 1) return error;
  try {
    if (isIntact(database, mapping)) return error;
  } catch (other) {
    return other;
  }
  return new OutageFault(
    'LOCAL_NOT_INSTALLED',
    "some of contact-sync's tables, columns or triggers are missing in the local database",
    'run contact-sync init',
  );
}

port.on('message', (call: Call) => void answer(call));
