import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { run } from '../src/run.ts';

/** The program. */
export const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Systems that nobody answers for; fetch does not refuse to ask at this port (as it would at 1 or 9). */
export const AWAY = {
  BIGQUERY_PROJECT: 'nowhere',
  BIGQUERY_DATASET: 'contacts',
  BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:2',
  SUPABASE_URL: 'http://127.0.0.1:2',
  SUPABASE_SECRET_KEY: 'sb_secret_example',
  TWENTY_URL: 'http://127.0.0.1:2',
  TWENTY_API_KEY: 'key-of-twenty',
  TWENTY_WEBHOOK_SECRET: 'secret-of-twenty',
  PORT: '0',
};

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly pid: number;
  /** What was printed so far. */
  out(): string;
  err(): string;
  signal(signal: NodeJS.Signals): void;
  endInput(): void;
  readonly ended: Promise<Ended>;
}

/** Starts `contact-sync` with nothing of this process's environment. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return {
    pid: child.pid ?? 0,
    out: () => out,
    err: () => err,
    signal: (signal) => void child.kill(signal),
    endInput: () => void child.stdin.end(),
    // Node gives an exit code or the signal that killed.
    ended: once(child, 'close').then(([code, signal]: unknown[]) => ({
      code: typeof code === 'number' ? code : null,
      signal: typeof signal === 'string' ? (signal as NodeJS.Signals) : null,
      out,
      err,
    })),
  };
}

/** What a command of this process is given beside its arguments. */
export interface Given {
  /** Standard input. */
  readonly input?: string;
  /** A person sits there, types the input, and sees what this keeps. */
  readonly terminal?: { shown: string };
}

/** A command that ends by itself, in this process. */
export async function contactSync(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { input, terminal }: Given = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const stdin = Object.assign(Readable.from(input === undefined ? [] : [Buffer.from(input)]), {
    isTTY: terminal !== undefined,
  });
  const code = await run(args, {
    env,
    stdin,
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    piece: async (text) => {
      out += text;
    },
    terminal: terminal && terminalOf(terminal),
  });
  return { code, out, err };
}

/** As wide as a screen, which a bar asks for. */
function terminalOf(kept: { shown: string }): NodeJS.WritableStream {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      kept.shown += String(chunk);
      done();
    },
  });
  return Object.assign(stream, { isTTY: true, columns: 120 });
}

/** Waits until this was printed. */
export async function printed(running: Running, text: string): Promise<void> {
  let ended: Ended | null = null;
  void running.ended.then((result) => {
    ended = result;
  });
  await vi.waitUntil(
    () => {
      if (running.out().includes(text)) return true;
      if (ended !== null) throw new Error(`ended early: ${ended.err}`);
      return false;
    },
    { timeout: 30_000, interval: 50 },
  );
}
