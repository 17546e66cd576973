/**
 * Where the embedded databases are while `up` runs, so that other commands find them: a file in the data folder that only
 * its owner can read.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Databases } from '@contact-sync/config';

interface Running {
  readonly pid: number;
  /** Those that are embedded; the others come from the environment. */
  readonly databases: Partial<Databases>;
}

const fileOf = (data: string): string => join(data, 'running.json');

/** @returns a function that takes it back */
export async function announce(data: string, databases: Partial<Databases>): Promise<() => Promise<void>> {
  const running: Running = { pid: process.pid, databases };
  await mkdir(data, { recursive: true });
  await rm(fileOf(data), { force: true });
  await writeFile(fileOf(data), `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  return () => rm(fileOf(data), { force: true });
}

/** The environment, completed by the embedded databases of a running `up`. What is given wins. */
export async function runningDatabases(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string | undefined>>> {
  const data = env.CONTACT_SYNC_DATA?.trim() || '.contact-sync';
  const text = await readFile(fileOf(data), 'utf8').catch(() => null);
  if (text === null) return env;
  // Written by `announce`, readable and writable by its owner alone.
  const { pid, databases } = JSON.parse(text) as Running;
  if (!alive(pid)) return env;
  const { ledger, queue, local } = databases;
  return {
    ...env,
    // Queues that live beside a ledger of the environment are not those of the embedded one.
    ...(env.LEDGER_URL?.trim() || !ledger
      ? {}
      : { LEDGER_URL: ledger, QUEUE_URL: env.QUEUE_URL?.trim() || (queue ?? '') }),
    ...(env.LOCAL_URL?.trim() || !local ? {} : { LOCAL_URL: local }),
  };
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // There, but another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
