/** What a command knows of the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  /** A line, or several, of results. */
  out(text: string): void;
  /** The same for everything else. */
  err(text: string): void;
  /** A piece of a long result as it is; resolves once there is room for more. Default: {@link out}, which ends a line. */
  readonly piece?: (text: string) => Promise<void>;
  /** The terminal of the person who waits: progress is shown and questions are asked there. Default: nobody watches. */
  readonly terminal?: NodeJS.WritableStream | undefined;
}

/** What a command leaves behind: 0 done, 1 failed, 2 wrongly called or configured, 130 stopped by a signal. */
export type ExitCode = 0 | 1 | 2 | 130;

/** The command was called in a way that it cannot be. */
export class UsageError extends Error {}

/** The person who asked for it stopped it. */
export class Interrupted extends Error {}

/** The reader of the results is gone, as `head` once it has enough: nothing is left to do. */
export class ReaderGone extends Error {}

/** A failure in the words of another package, told as those of the hub are. */
export class Failure extends Error {
  readonly code: string;
  /** What a person should do. */
  readonly advice: string;

  constructor(code: string, message: string, advice: string) {
    super(message);
    this.code = code;
    this.advice = advice;
  }
}
