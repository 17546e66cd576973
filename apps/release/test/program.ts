import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program of the consumer's that goes on until it is told to stop. */
export interface Program {
  /** Waits until it has printed something of this form. @throws {Error} when it ends before that */
  printed(form: RegExp): Promise<RegExpExecArray>;
  /** Ctrl-C. @returns how it ended, and what it said besides */
  interrupt(): Promise<{ readonly code: number | string | null; readonly stderr: string }>;
}

const WITHIN_MS = 20_000;

export function start(file: string, cwd: string, env: NodeJS.ProcessEnv): Program {
  const child = spawn(process.execPath, [file], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const late = setTimeout(() => child.kill('SIGKILL'), WITHIN_MS);
  const closed = once(child, 'close').finally(() => clearTimeout(late));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return {
    async printed(form) {
      for (;;) {
        const found = form.exec(stdout);
        if (found) return found;
        const ended = await Promise.race([once(child.stdout, 'data').then(() => false), closed.then(() => true)]);
        if (ended && !form.test(stdout)) throw new Error(`${file} ended without printing ${form}: ${stderr}`);
      }
    },
    async interrupt() {
      child.kill('SIGINT');
      const [code, signal] = await closed;
      return { code: code ?? signal, stderr };
    },
  };
}
