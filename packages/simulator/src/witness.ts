/** Notes what people did in the systems, and of what they may expect that it is not lost. */
import type { RecordId, System, SystemRecord } from '@contact-sync/sync';

export interface Edit {
  /** A text that nobody else wrote; `null` where the edit wrote none. */
  readonly token: string | null;
  readonly system: System;
  readonly record_id: RecordId;
  /** As the edit left it. */
  readonly record: SystemRecord;
  /** What the edit is not answered for: a Twenty whose webhook nobody heard. */
  readonly keys: readonly string[];
  /** Contacts cannot hold this: it has to be dead-lettered. */
  readonly isInvalid: boolean;
}

/** A tie that was forced: both edits have the same time, and the numbers their systems gave them. */
export interface Tie {
  readonly edits: readonly [Edit, Edit];
}

export class Witness {
  readonly edits: Edit[] = [];
  readonly ties: Tie[] = [];
  #tokens = 0;

  token(): string {
    this.#tokens += 1;
    return `t${this.#tokens}`;
  }
}
