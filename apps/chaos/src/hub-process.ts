/**
 * One process of the hub, as it runs in production but for two things: its locks are short, and at a point that its
 * parent armed it kills or stops itself. What it has to tell the parent it writes to stdout, a line of JSON each, at once:
 * nothing else would get out before a SIGKILL.
 *
 *   hub-process.ts worker | server | resolve <conflict> <choice> | replay | sync | retell
 */
import { writeSync } from 'node:fs';
import { loadReadyConfig } from '@contact-sync/config';
import { createHub, type Hub, openLog, untilStopped } from '@contact-sync/hub';
import {
  BigQuerySyncService,
  faultFields,
  noQueues,
  replay,
  resolveConflict,
  SYSTEMS,
  TARGETS,
} from '@contact-sync/sync';
import { decorated } from './decorate.ts';
import { LOCK_MS, STALLED_EVERY_MS, SYNCING_MS } from './patience.ts';
import type { Arm, Point } from './points.ts';
import { armsSchema, type Report, retellSchema } from './reports.ts';

const tell = (report: Report) => writeSync(1, `${JSON.stringify(report)}\n`);

const armed = new Map<Point, { left: number; readonly deed: Arm['deed'] }>();
function arm(arms: readonly Arm[]): void {
  armed.clear();
  for (const { point, nth, deed } of arms) armed.set(point, { left: nth, deed });
}
function pass(point: Point): void {
  const found = armed.get(point);
  if (found === undefined || --found.left > 0) return;
  armed.delete(point);
  tell({ at: point, deed: found.deed });
  process.kill(process.pid, found.deed === 'kill' ? 'SIGKILL' : 'SIGSTOP');
}

const [role = '', ...words] = process.argv.slice(2);
arm(armsSchema.parse(JSON.parse(process.env.CHAOS_ARMS ?? '[]')));
process.on('message', (message) => arm(armsSchema.parse(message)));
const log = openLog('debug');
// Not `exitCode`: whatever was left behind while closing would keep the process alive.
process.exit(await main());

async function main(): Promise<number> {
  try {
    const hub = await createHub(loadReadyConfig(process.env), log, { around: decorated(pass) });
    try {
      return await run(hub);
    } finally {
      await hub.close();
    }
  } catch (error) {
    log.error(faultFields(error), 'the process cannot go on');
    return 1;
  }
}

async function run(hub: Hub): Promise<number> {
  switch (role) {
    case 'worker': {
      const { startWorker } = await import('@contact-sync/worker');
      const fast = { base_ms: 100, cap_ms: 2_000 };
      const worker = await startWorker(hub, {
        lock_ms: LOCK_MS,
        stalled_every_ms: STALLED_EVERY_MS,
        retry: fast,
        outage: fast,
        drain_ms: 1_000,
      });
      return await serving(() => worker.close());
    }
    case 'server': {
      const { startServer } = await import('@contact-sync/server');
      const server = await startServer(hub, { ...hub.config.server, console: false });
      return await serving(() => server.close());
    }
    case 'resolve': {
      const [conflict = '', choice = ''] = words;
      const chosen = choice.startsWith('{') ? { content: JSON.parse(choice) as unknown } : { candidate: hash(choice) };
      await resolveConflict(hub.parts, conflict, chosen, 'operator');
      tell({ done: 'resolve' });
      return 0;
    }
    case 'replay': {
      await replay(hub.parts, null, 'operator');
      tell({ done: 'replay' });
      return 0;
    }
    case 'sync': {
      // As a program of somebody's own does, that has not heard of any hub.
      const parts = { ...hub.parts, queues: noQueues() };
      await new BigQuerySyncService(parts).syncAllContacts({ lastSyncTime: new Date(), timeout_ms: SYNCING_MS });
      tell({ done: 'sync' });
      return 0;
    }
    case 'retell':
      await retell(hub);
      tell({ done: 'retell' });
      return 0;
    default:
      throw new Error('no such role');
  }
}

type CandidateHash = Extract<Parameters<typeof resolveConflict>[2], { candidate: unknown }>['candidate'];

function hash(text: string): CandidateHash {
  // A candidate is named by its hash, as the ledger's table shows it.
  return text as CandidateHash;
}

/** Tells the queues of every record and every contact again: all of it is old news. */
async function retell({ parts }: Hub): Promise<void> {
  const { records, contacts } = retellSchema.parse(JSON.parse(process.env.CHAOS_RETELL ?? '{}'));
  for (const system of SYSTEMS) {
    const ids = records[system] ?? [];
    if (ids.length > 0) await parts.queues.ingest(system, ids);
  }
  for (const target of TARGETS) if (contacts.length > 0) await parts.queues.propagate(target, contacts);
}

async function serving(close: () => Promise<void>): Promise<number> {
  process.channel?.unref();
  const stopped = untilStopped(log, close, { parent: process.stdin, bound_ms: 8_000 });
  tell({ ready: true });
  return await stopped;
}
