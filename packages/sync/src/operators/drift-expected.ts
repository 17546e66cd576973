/** The records that the ledger believes a system to have, a page at a time. */
import type { ContactId } from '@contact-sync/contact';
import type { LinkedRecord } from '../ledger-port.ts';
import type { Parts } from '../parts.ts';
import type { RecordId, System } from '../ports.ts';

const PAGE = 500;

/** One that is looked for. `linked`: as the ledger links it; `null` in BigQuery, whose ids are the contacts' own. */
export interface Expected {
  readonly record_id: RecordId;
  readonly linked: LinkedRecord | null;
}

/** Pages in ascending order: of ids as texts, in BigQuery as numbers. There also contacts that are deleted. */
export async function* expectedPages(parts: Parts, system: System): AsyncGenerator<readonly Expected[]> {
  if (system === 'bigquery') {
    for (let after: ContactId | undefined; ; ) {
      const page = await parts.ledger.standings({ limit: PAGE, ...(after === undefined ? {} : { after }) });
      after = page.contacts.at(-1)?.contact_id;
      if (after === undefined) return;
      yield page.contacts.map(({ contact_id }) => ({ record_id: contact_id, linked: null }));
    }
  }
  for (let after: RecordId = ''; ; ) {
    const page = await parts.ledger.linked(system, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.record_id;
    yield page.map((linked) => ({ record_id: linked.record_id, linked }));
  }
}

/** What is expected, taken as far as a scan in the same order has come: neither of the two is ever held as a whole. */
export class ExpectedSoFar {
  readonly #pages: AsyncGenerator<readonly Expected[]>;
  readonly #isAfter: (one: RecordId, other: RecordId) => boolean;
  #ahead: readonly Expected[] = [];
  #ended = false;

  constructor(parts: Parts, system: System) {
    this.#pages = expectedPages(parts, system);
    this.#isAfter = system === 'bigquery' ? (one, other) => BigInt(one) > BigInt(other) : (one, other) => one > other;
  }

  /** A page of what was not taken yet, up to this id; `null`: of all that is left. Empty: no more. */
  async next(last: RecordId | null): Promise<readonly Expected[]> {
    if (this.#ahead.length === 0 && !this.#ended) {
      const page = await this.#pages.next();
      if (page.done) this.#ended = true;
      else this.#ahead = page.value;
    }
    const beyond = last === null ? -1 : this.#ahead.findIndex(({ record_id }) => this.#isAfter(record_id, last));
    const end = beyond === -1 ? this.#ahead.length : beyond;
    const taken = this.#ahead.slice(0, end);
    this.#ahead = this.#ahead.slice(end);
    return taken;
  }
}
