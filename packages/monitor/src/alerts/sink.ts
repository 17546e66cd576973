/** Where people are told of alerts. */
import type { Notice, SinkName } from '@contact-sync/sync';

/** The id of an alert that is told while the ledger cannot keep any: nobody can acknowledge it. */
export const UNKEPT = '';

/** What a sink is handed; the same notice may come twice after a crash, with the same id. */
export type Telling = Pick<Notice, 'notice_id' | 'event' | 'alert'>;

/** One way to tell people. */
export interface Sink {
  readonly name: SinkName;
  /**
   * Resolves once it was taken.
   *
   * @throws {ThrottledError} asked to wait
   * @throws {TransientError} perhaps the next attempt goes well
   * @throws {OutageError} it will not take any before somebody mends it, or it is back
   */
  send(telling: Telling, signal: AbortSignal): Promise<void>;
  /** Ends its connections. */
  close(): void;
}
