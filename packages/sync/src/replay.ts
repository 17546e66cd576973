/** Dead letters tried again: in batches, reading the newest state of everything. */
import type { ContactId } from '@contact-sync/contact';
import { PermanentError, SyncError } from './errors.ts';
import { ingest } from './ingest.ts';
import type { DeadLetter } from './ledger-port.ts';
import { batches, type Parts } from './parts.ts';
import { TARGETS, type Target } from './ports.ts';
import { propagate } from './propagate.ts';

/** What became of one dead letter that was tried again. */
export interface ReplayResult {
  readonly dead_letter_id: string;
  /**
   * `superseded`: a newer state had been reached already, nothing was sent. `failed`: still a dead letter; or, where its
   * system is away or its contact is braked (`BRAKED`), it waits for that like whatever else is behind.
   */
  readonly result: 'applied' | 'superseded' | 'failed';
  /** Why it `failed`; else `null`. */
  readonly code: string | null;
}

/** Records that are read and decided over at once. */
const INGEST_BATCH = 50;

/**
 * Tries dead letters again, reading the newest state of everything. Twice changes nothing the second time: a delivery that
 * fails until another has been brought (it waits for an email that the other gives up) is tried once more after it.
 *
 * @param ids `null` for all that are open
 * @param by who asked for it
 * @returns one result for each letter that was open
 */
export async function replay(
  parts: Parts,
  ids: readonly string[] | null,
  by: string,
): Promise<readonly ReplayResult[]> {
  const results = new Map<string, ReplayResult>();
  /** What is tried, under the id by which it was asked for: a delivery that fails again is another letter. */
  let waiting = new Map(
    (await parts.ledger.deadLetters(ids === null ? {} : { ids })).map((letter) => [letter.dead_letter_id, letter]),
  );
  while (waiting.size > 0) {
    const tried = await replayAll(parts, [...waiting.values()], by);
    const failed = new Map<string, DeadLetter>();
    let isMoved = false;
    for (const [dead_letter_id, letter] of waiting) {
      const result = tried.get(letter) ?? { result: 'failed', code: letter.code };
      results.set(dead_letter_id, { dead_letter_id, ...result });
      if (result.result === 'applied') isMoved = true;
      if (result.result === 'failed' && letter.queue !== 'ingest') failed.set(dead_letter_id, letter);
    }
    if (!isMoved || failed.size === 0) break;
    const open = await openNow(parts, [...failed.values()]);
    waiting = new Map(
      [...failed].flatMap(([id, letter]) => {
        const now = open.get(placeOf(letter));
        return now === undefined ? [] : [[id, now] as const];
      }),
    );
  }
  return [...results.values()];
}

const placeOf = ({ queue, system, key }: DeadLetter): string => `${queue} ${system} ${key}`;

/** By their places, what is open of the contacts of these deliveries: one that failed again is another letter. */
async function openNow(parts: Parts, deliveries: readonly DeadLetter[]): Promise<ReadonlyMap<string, DeadLetter>> {
  const contact_ids = deliveries.flatMap(({ contact_id }) => contact_id ?? []);
  if (contact_ids.length === 0) return new Map();
  return new Map((await parts.ledger.deadLetters({ contact_ids })).map((letter) => [placeOf(letter), letter]));
}

type Tried = Map<DeadLetter, Omit<ReplayResult, 'dead_letter_id'>>;

async function replayAll(parts: Parts, letters: readonly DeadLetter[], by: string): Promise<Tried> {
  const tried: Tried = new Map();
  for (const [kind, group] of Map.groupBy(letters, kindOf))
    for (const batch of batches(group, sizeOf(parts, group))) {
      const run = kind === 'nothing' ? replayNothing : batch[0]?.queue === 'ingest' ? replayIngest : replayDeliveries;
      await attempt(parts, batch, by, run, tried);
    }
  return tried;
}

const kindOf = ({ key, queue, system }: DeadLetter): string => (key === '' ? 'nothing' : `${queue} ${system}`);

const sizeOf = (parts: Parts, [first]: readonly DeadLetter[]): number => {
  const target = TARGETS.find((name) => name === first?.system);
  return first?.queue === 'ingest' || target === undefined ? INGEST_BATCH : parts.targets[target].batch_size;
};

type Run = (parts: Parts, letters: readonly DeadLetter[], by: string, tried: Tried) => Promise<void>;

/** What fails for good as a batch may be one letter's fault: then each is tried alone. */
async function attempt(
  parts: Parts,
  letters: readonly DeadLetter[],
  by: string,
  run: Run,
  tried: Tried,
): Promise<void> {
  try {
    await run(parts, letters, by, tried);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const left = letters.filter((letter) => !tried.has(letter));
    if (left.length > 1 && error instanceof PermanentError)
      for (const letter of left) await attempt(parts, [letter], by, run, tried);
    else for (const letter of left) tried.set(letter, { result: 'failed', code: error.code });
  }
}

/** A job that was none held no key, or its keys went on without it: whatever is behind is swept up anyway. */
async function replayNothing(parts: Parts, letters: readonly DeadLetter[], by: string, tried: Tried): Promise<void> {
  await close(parts, letters, 'superseded', by);
  for (const letter of letters) tried.set(letter, { result: 'superseded', code: null });
}

/** The edits stay under their dead letters until they are decided over. */
async function replayIngest(parts: Parts, letters: readonly DeadLetter[], by: string, tried: Tried): Promise<void> {
  const system = letters[0]?.system;
  if (system === undefined) return;
  const record_ids = letters.map(({ key }) => key);
  const { outcomes, unread } = await ingest(parts, { system, record_ids }, { replay: true });
  if (unread !== null) throw unread;
  const closing = Map.groupBy(letters, ({ key }) => {
    const happened = outcomes.get(key) ?? [];
    if (happened.includes('refused')) return 'failed';
    return happened.includes('accepted') || happened.includes('conflict') ? 'replayed' : 'superseded';
  });
  for (const how of ['replayed', 'superseded'] as const) {
    const closed = closing.get(how) ?? [];
    await close(parts, closed, how, by);
    for (const letter of closed)
      tried.set(letter, { result: how === 'replayed' ? 'applied' : 'superseded', code: null });
  }
  const refused = closing.get('failed') ?? [];
  if (refused.length === 0) return;
  const ids = refused.map(({ dead_letter_id }) => dead_letter_id);
  const codes = new Map((await parts.ledger.deadLetters({ ids })).map((now) => [now.dead_letter_id, now.code]));
  for (const letter of refused)
    tried.set(letter, { result: 'failed', code: codes.get(letter.dead_letter_id) ?? letter.code });
}

/** Deliveries may go only once their dead letters are out of the way; those that fail again are new ones. */
async function replayDeliveries(parts: Parts, letters: readonly DeadLetter[], by: string, tried: Tried): Promise<void> {
  const target = TARGETS.find((name) => name === letters[0]?.system);
  const known = letters.filter(({ contact_id }) => contact_id !== null);
  for (const letter of letters)
    if (target === undefined || letter.contact_id === null) tried.set(letter, { result: 'failed', code: letter.code });
  if (target === undefined || known.length === 0) return;
  await close(parts, known, 'replayed', by);
  const contact_ids = known.flatMap(({ contact_id }) => contact_id ?? []);
  const { outcomes } = await propagate(parts, { target, contact_ids });
  const outcomeOf = ({ contact_id }: DeadLetter) => (contact_id === null ? undefined : outcomes.get(contact_id));
  const rejected = known.filter((letter) => outcomeOf(letter) === 'rejected');
  const open = await openNow(parts, rejected);
  for (const letter of rejected)
    tried.set(letter, { result: 'failed', code: open.get(placeOf(letter))?.code ?? letter.code });
  const unsent = known.filter((letter) => outcomeOf(letter) === 'nothing_to_send');
  const braked = await brakedOf(parts, target, unsent);
  for (const letter of unsent)
    if (letter.contact_id !== null && braked.has(letter.contact_id))
      tried.set(letter, { result: 'failed', code: 'BRAKED' });
  for (const letter of known)
    if (!tried.has(letter))
      tried.set(letter, { result: outcomeOf(letter) === 'applied' ? 'applied' : 'superseded', code: null });
}

/** Of these, the contacts that are behind all the same: nothing holds them back but the brake. */
async function brakedOf(parts: Parts, target: Target, letters: readonly DeadLetter[]): Promise<ReadonlySet<ContactId>> {
  if (letters.length === 0) return new Set();
  const ids = letters.flatMap(({ contact_id }) => contact_id ?? []);
  return new Set((await parts.ledger.deliverable(target, ids, 0, true)).map(({ contact_id }) => contact_id));
}

async function close(
  parts: Parts,
  letters: readonly DeadLetter[],
  status: 'replayed' | 'superseded' | 'discarded',
  by: string,
): Promise<void> {
  if (letters.length === 0) return;
  await parts.ledger.closeDeadLetters(
    letters.map(({ dead_letter_id }) => dead_letter_id),
    status,
    by,
  );
  await parts.queues.unbury(letters);
}

/**
 * Gives dead letters up: a delivery is not sent until the contact's head moves, an edit that waits is done with and stays
 * in the inbox.
 *
 * @returns the ids of those that were open
 */
export async function discard(parts: Parts, ids: readonly string[], by: string): Promise<readonly string[]> {
  const letters = await parts.ledger.deadLetters({ ids });
  await close(parts, letters, 'discarded', by);
  return letters.map(({ dead_letter_id }) => dead_letter_id);
}
