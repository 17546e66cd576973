/**
 * What may go wrong beside the hub, by what to do about it. Adapters throw these and nothing else for a fault of the
 * outside world; whoever catches one decides by its class and `code`, never by its message. Messages carry no personal
 * data and no secret: they reach logs, queues and people.
 */
export abstract class SyncError extends Error {
  /** Stable, in capitals: people filter and alert by it. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** May succeed if tried again: a dropped connection, a serialisation failure, a timeout (perhaps after the commit). */
export class TransientError extends SyncError {}

/** The system is there and asks to be left alone for a while. Spends no attempt. */
export class ThrottledError extends SyncError {
  /** Milliseconds to wait before the next call. */
  readonly retryAfterMs: number;

  constructor(code: string, message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(code, message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The system as a whole cannot serve: refused connections, 5xx for everything, rejected credentials, a missing schema.
 * No contact is to blame: the system's queue waits and no attempt is spent.
 */
export class OutageError extends SyncError {
  /** What a person should do, if waiting will not mend it. */
  readonly advice: string | undefined;

  constructor(code: string, message: string, options?: ErrorOptions & { advice?: string }) {
    super(code, message, options);
    this.advice = options?.advice;
  }
}

/** Will fail again however often it is tried: a person has to change something. */
export class PermanentError extends SyncError {
  /** The field to blame, as `llm_context.important_dates.0.date`. */
  readonly field: string | undefined;
  /** What a person should do. */
  readonly advice: string;

  constructor(code: string, message: string, options: ErrorOptions & { field?: string; advice: string }) {
    super(code, message, options);
    this.field = options.field;
    this.advice = options.advice;
  }
}
