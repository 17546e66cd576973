/** What a command knows of the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  /** A line, or several, of results. */
  out(text: string): void;
  /** The same for everything else. */
  err(text: string): void;
}

/** What a command leaves behind: 0 done, 1 failed, 2 wrongly called or configured. */
export type ExitCode = 0 | 1 | 2;

/** The command was called in a way that it cannot be. */
export class UsageError extends Error {}
