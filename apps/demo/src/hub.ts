/** The hub as a process of its own, told by environment variables alone what to talk to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const readyLine = z.object({ ready: z.literal(true), url: z.string() });

export interface Hub {
  readonly url: string;
  /**
   * Runs `contact-sync` with these arguments and returns what it printed.
   * @throws {Error} when it did not exit with 0; `status` exits with 1 while anything is down
   */
  command(...args: string[]): Promise<string>;
  /** Rejects when the hub ends before it was asked to. */
  readonly died: Promise<never>;
  stop(): Promise<void>;
}

/** @param env nothing else reaches the hub, but for the PATH @throws {Error} when it does not get ready */
export async function startHub(env: Readonly<Record<string, string>>, logFile: NodeJS.WritableStream): Promise<Hub> {
  const environment = { PATH: process.env.PATH ?? '', LOG_LEVEL: 'info', ...env };
  const commands = new Set<ChildProcess>();
  const run = (args: readonly string[]): ChildProcess =>
    // A group of its own: Ctrl-C reaches the demo, which stops the hub in order.
    spawn(process.execPath, [CLI, ...args], { env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true });

  const child = run(['up', '--json', '--exit-with-parent']);
  child.stderr?.pipe(logFile, { end: false });
  const exited = once(child, 'exit');
  const died = exited.then(([code, signal]) => {
    throw new Error(`the hub ended by itself (${code ?? signal}); its log says why`);
  });
  // Whoever waits for something races against it; without anybody waiting it is nobody's error.
  died.catch(() => undefined);
  const ready = (async () => {
    if (child.stdout === null) throw new Error('the hub has no output');
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{')) continue;
      child.stdout.resume();
      return readyLine.parse(JSON.parse(line));
    }
    throw new Error('the hub said nothing before it ended');
  })();
  ready.catch(() => undefined);
  const { url } = await Promise.race([ready, died]);

  return {
    url,
    died,
    async command(...args) {
      const process = run(args);
      commands.add(process);
      process.stdin?.end();
      let output = '';
      process.stdout?.on('data', (chunk) => {
        output += String(chunk);
      });
      process.stderr?.pipe(logFile, { end: false });
      const [code] = await once(process, 'close');
      commands.delete(process);
      if (code !== 0) throw new Error(`contact-sync ${args.join(' ')} exited with ${code}`);
      return output;
    },
    async stop() {
      for (const command of commands) command.kill('SIGTERM');
      child.kill('SIGTERM');
      await exited;
    },
  };
}
