/** The hub's processes: started, armed, stopped, killed, and started again whatever they died of. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Links } from './links/links.ts';
import type { Arm, Point } from './points.ts';
import { type Report, reportSchema } from './reports.ts';

const PROGRAM = fileURLToPath(new URL('./hub-process.ts', import.meta.url));

/** How a process ended: by a point it was armed with, by our hand, before it was ready, or for a reason of its own. */
export type Ending = 'point' | 'killed' | 'unready' | 'by itself';

export interface Ended {
  readonly how: Ending;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface MemberOptions {
  readonly name: string;
  readonly role: 'worker' | 'server';
  readonly links: Links;
  readonly log: WriteStream;
  /** Told of what each process reports, and how it ended. */
  readonly onReport: (report: Report) => void;
  readonly onEnded: (ended: Ended) => void;
  /** Points that are armed whenever nothing else is. */
  readonly standing: () => readonly Arm[];
}

const RESPAWN_MS = 50;

/** A place in the fleet, and the process that fills it now. */
export class Member {
  readonly name: string;
  readonly links: Links;
  readonly #options: MemberOptions;
  #child: ChildProcess | null = null;
  #arms: readonly Arm[] = [];
  #killing = false;
  #stopping = false;
  #stopped = false;
  #ready = false;
  #diedAt: Point | null = null;
  #waiting = new Set<() => void>();
  #exited: Promise<unknown> = Promise.resolve();

  constructor(options: MemberOptions) {
    this.name = options.name;
    this.links = options.links;
    this.#options = options;
  }

  start(): void {
    const { role, links, log, onReport, standing } = this.#options;
    this.#ready = false;
    this.#killing = false;
    this.#stopped = false;
    let at: Point | null = null;
    const env = { ...links.env, CHAOS_ARMS: JSON.stringify([...standing(), ...this.#arms]) };
    const child = launch([role], env, log);
    this.#child = child;
    lines(child, (report) => {
      if ('ready' in report) this.#ready = true;
      if ('at' in report && report.deed === 'kill') at = report.at;
      if ('at' in report && report.deed === 'stop') this.#stopped = true;
      onReport(report);
      this.#changed();
    });
    // Its output has ended too: what it told before it died is known by now.
    this.#exited = once(child, 'close').then((values) => {
      // What Node tells of a child that ended.
      const [code, signal] = values as [number | null, NodeJS.Signals | null];
      const how = at !== null ? 'point' : this.#killing ? 'killed' : this.#ready ? 'by itself' : 'unready';
      this.#diedAt = at;
      this.#child = null;
      this.#ready = false;
      this.#stopped = false;
      this.#arms = [];
      if (!this.#stopping) {
        this.#options.onEnded({ how, code, signal });
        setTimeout(() => {
          if (!this.#stopping) this.start();
        }, RESPAWN_MS);
      }
      this.#changed();
    });
  }

  get ready(): boolean {
    return this.#ready && !this.#stopped;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** The point at which the process before this one killed itself. */
  get diedAt(): Point | null {
    return this.#diedAt;
  }

  /** What it is to do to itself beside the standing points. */
  arm(arms: readonly Arm[]): void {
    this.#arms = arms;
    const child = this.#child;
    if (child?.connected) child.send([...this.#options.standing(), ...arms], () => {});
  }

  kill(): void {
    this.#killing = true;
    this.#child?.kill('SIGKILL');
  }

  stop(): void {
    if (this.#child?.kill('SIGSTOP')) this.#stopped = true;
  }

  go(): void {
    this.#child?.kill('SIGCONT');
    this.#stopped = false;
    this.#changed();
  }

  /** Waits until `is` holds, asked whenever something happened to the process. @returns whether it did in time */
  async until(is: () => boolean, ms: number): Promise<boolean> {
    const deadline = Date.now() + ms;
    while (!is()) {
      const left = deadline - Date.now();
      if (left <= 0) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, left);
      this.#waiting.add(resolve);
      await promise;
      clearTimeout(timer);
      this.#waiting.delete(resolve);
    }
    return true;
  }

  /** Ends it in order, and soon. */
  async end(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null) return;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await this.#exited;
    clearTimeout(late);
  }

  #changed(): void {
    for (const resolve of this.#waiting) resolve();
  }
}

/** One errand in a process of its own. @returns what it told before it ended, and how it ended */
export async function errand(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  log: WriteStream,
  signal: AbortSignal,
): Promise<{ readonly reports: readonly Report[]; readonly code: number | null }> {
  const reports: Report[] = [];
  const child = launch(words, env, log);
  lines(child, (report) => reports.push(report));
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  const [code]: (number | null)[] = await once(child, 'close');
  signal.removeEventListener('abort', kill);
  return { reports, code: code ?? null };
}

function launch(words: readonly string[], env: Readonly<Record<string, string>>, log: WriteStream): ChildProcess {
  // In a group of its own: Ctrl-C reaches the parent, which ends all of them in order.
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  child.stdin?.on('error', () => {});
  child.on('error', () => {});
  if (child.pid !== undefined) waker().write(`${child.pid}\n`);
  child.stderr?.pipe(log, { end: false });
  return child;
}

function lines(child: ChildProcess, onReport: (report: Report) => void): void {
  if (child.stdout === null) throw new Error('the process has no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const parsed = line.startsWith('{') ? reportSchema.safeParse(JSON.parse(line)) : null;
    if (parsed?.success) onReport(parsed.data);
  });
}

/**
 * Whoever is stopped when we die would stay so for ever: a shell that outlives us wakes them all up, and they end when
 * they see that their parent is gone.
 */
const WAKE = 'pids=; while read -r pid; do pids="$pids $pid"; done; if [ -n "$pids" ]; then kill -CONT $pids; fi';
let shell: ChildProcess | null = null;

function waker(): NodeJS.WritableStream {
  shell ??= spawn('/bin/sh', ['-c', WAKE], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const { stdin } = shell;
  if (stdin === null) throw new Error('the shell has no input');
  shell.unref();
  // It is a pipe, which would keep us alive.
  Reflect.get(stdin, 'unref')?.call(stdin);
  return stdin;
}
