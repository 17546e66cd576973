/** What people ask of the hub: replay dead letters, decide conflicts. */
import { type ContactId, type Content, type ContentHash, fromMillis, parseContent } from '@contact-sync/contact';
import { decree } from './decide.ts';
import { PermanentError, SyncError, TransientError } from './errors.ts';
import { behindOf } from './following.ts';
import { ingest } from './ingest.ts';
import type { ContactState, DeadLetter } from './ledger-port.ts';
import type { Parts } from './parts.ts';
import { adapterOf } from './parts.ts';
import { type Health, SYSTEMS, type System, TARGETS } from './ports.ts';
import { propagate } from './propagate.ts';
import { append, emit } from './publish.ts';

/** What became of one dead letter that was tried again. */
export interface ReplayResult {
  readonly dead_letter_id: string;
  /** `superseded`: a newer state had been reached already, nothing was sent. `failed`: still a dead letter. */
  readonly result: 'applied' | 'superseded' | 'failed';
  /** Why it `failed`; else `null`. */
  readonly code: string | null;
}

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
    const failed = new Map<string, DeadLetter>();
    let isMoved = false;
    for (const [dead_letter_id, letter] of waiting) {
      const result = { dead_letter_id, ...(await replayOne(parts, letter, by)) };
      results.set(dead_letter_id, result);
      if (result.result === 'applied') isMoved = true;
      if (result.result === 'failed' && letter.queue !== 'ingest') failed.set(dead_letter_id, letter);
    }
    if (!isMoved || failed.size === 0) break;
    const open = new Map((await parts.ledger.deadLetters()).map((letter) => [placeOf(letter), letter]));
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

async function replayOne(parts: Parts, letter: DeadLetter, by: string): Promise<Omit<ReplayResult, 'dead_letter_id'>> {
  try {
    const replayed = letter.key === '' ? replayNothing : letter.queue === 'ingest' ? replayIngest : replayDelivery;
    const result = await replayed(parts, letter, by);
    return { result, code: result === 'failed' ? letter.code : null };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { result: 'failed', code: error.code };
  }
}

/** A job that was none held no key, or its keys went on without it: whatever is behind is swept up anyway. */
async function replayNothing(parts: Parts, letter: DeadLetter, by: string): Promise<ReplayResult['result']> {
  await close(parts, letter, 'superseded', by);
  return 'superseded';
}

/** The edits stay under their dead letter until they are decided over. */
async function replayIngest(parts: Parts, letter: DeadLetter, by: string): Promise<ReplayResult['result']> {
  const { outcomes, unread } = await ingest(
    parts,
    { system: letter.system, record_ids: [letter.key] },
    { replay: true },
  );
  if (unread !== null) throw unread;
  const happened = outcomes.get(letter.key) ?? [];
  if (happened.includes('refused')) return 'failed';
  const moved = happened.includes('accepted') || happened.includes('conflict');
  await close(parts, letter, moved ? 'replayed' : 'superseded', by);
  return moved ? 'applied' : 'superseded';
}

/** A delivery may go only once its dead letter is out of the way; if it fails again, that is a new one. */
async function replayDelivery(parts: Parts, letter: DeadLetter, by: string): Promise<ReplayResult['result']> {
  const target = TARGETS.find((name) => name === letter.system);
  if (target === undefined || letter.contact_id === null) return 'failed';
  await close(parts, letter, 'replayed', by);
  const { outcomes } = await propagate(parts, { target, contact_ids: [letter.contact_id] });
  const outcome = outcomes.get(letter.contact_id);
  if (outcome === 'rejected') return 'failed';
  return outcome === 'applied' ? 'applied' : 'superseded';
}

async function close(parts: Parts, letter: DeadLetter, status: 'replayed' | 'superseded', by: string): Promise<void> {
  await parts.ledger.closeDeadLetters([letter.dead_letter_id], status, by);
  await parts.queues.unbury([letter]);
}

/** How a person decides a conflict: for one of the candidates, or for a content of their own. */
export type Choice = { readonly candidate: ContentHash } | { readonly content: unknown };

/**
 * Makes the choice the new version everywhere; the other candidates stay in history.
 *
 * @param by who decided
 * @returns whose conflict it was
 * @throws {PermanentError} `CONFLICT_CLOSED` when it is not open any more, `NO_SUCH_CANDIDATE`, `INVALID_CONTENT`
 * @throws {TransientError} `CONTENDED` when the contact kept changing meanwhile
 */
export async function resolveConflict(
  parts: Parts,
  conflictId: string,
  choice: Choice,
  by: string,
): Promise<ContactId> {
  for (let round = 0; round < 5; round++) {
    const [conflict] = await parts.ledger.conflicts([conflictId]);
    if (conflict === undefined)
      throw new PermanentError('CONFLICT_CLOSED', 'this conflict is not open any more', {
        advice: 'List the conflicts again: a later edit may have decided it.',
      });
    const candidate =
      'candidate' in choice ? conflict.candidates.find(({ content_hash }) => content_hash === choice.candidate) : null;
    if (candidate === undefined)
      throw new PermanentError('NO_SUCH_CANDIDATE', 'the conflict has no such candidate', {
        advice: 'Choose one of the candidates that the conflict lists.',
      });
    const content = candidate === null ? validContent('content' in choice ? choice.content : null) : candidate.content;
    const state = (await parts.ledger.contacts([conflict.contact_id])).get(conflict.contact_id);
    if (state?.conflict?.conflict_id !== conflictId) continue;
    if (await commitDecree(parts, state, content, by)) {
      await parts.queues.hideConflicts([conflictId]);
      return conflict.contact_id;
    }
  }
  throw new TransientError('CONTENDED', 'the contact kept changing meanwhile');
}

function validContent(input: unknown): Content {
  const parsed = parseContent(input);
  if (parsed.ok) return parsed.content;
  const [problem] = parsed.problems;
  throw new PermanentError('INVALID_CONTENT', `${problem.field} ${problem.message}`, {
    field: problem.field,
    advice: 'Correct the field and try again.',
  });
}

/** @returns false when the contact had changed meanwhile */
async function commitDecree(parts: Parts, state: ContactState, content: Content | null, by: string): Promise<boolean> {
  const decision = decree(state, content, by, fromMillis(parts.ambient.now()));
  const { lost, overtaken } = await parts.ledger.commit([decision.commit], []);
  if (lost.size > 0) return false;
  if (overtaken.length > 0) await parts.queues.unbury(overtaken);
  await append(parts, { rows: decision.commit.history, events: decision.commit.events });
  await emit(parts, behindOf([decision.state]));
  return true;
}

/** Health of every system, asked at once. A system that is away is told, not thrown. */
export async function health(parts: Parts): Promise<Readonly<Record<System, Health>>> {
  const entries = await Promise.all(
    SYSTEMS.map(async (system) => [system, await adapterOf(parts, system).health()] as const),
  );
  // One entry for each of SYSTEMS.
  return Object.fromEntries(entries) as Record<System, Health>;
}
