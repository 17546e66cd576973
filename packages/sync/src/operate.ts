/** What people ask of the hub: decide conflicts, make a version by hand. */
import { type ContactId, type Content, type ContentHash, fromMillis, parseContent } from '@contact-sync/contact';
import { decree } from './decide.ts';
import { PermanentError, TransientError } from './errors.ts';
import { behindOf } from './following.ts';
import type { ContactState } from './ledger-port.ts';
import type { Parts } from './parts.ts';
import { adapterOf } from './parts.ts';
import { type Health, SYSTEMS, type System } from './ports.ts';
import { append, emit } from './publish.ts';

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

/** @throws {PermanentError} `INVALID_CONTENT`, with the first problem's field */
export function validContent(input: unknown): Content {
  const parsed = parseContent(input);
  if (parsed.ok) return parsed.content;
  const [problem] = parsed.problems;
  throw new PermanentError('INVALID_CONTENT', `${problem.field} ${problem.message}`, {
    field: problem.field,
    advice: 'Correct the field and try again.',
  });
}

/**
 * Makes a content the new version of a contact, everywhere, as a person's decision: an open conflict is decided by it.
 *
 * @param content `null` deletes
 * @returns false when the contact had changed meanwhile: read it again
 */
export async function commitDecree(
  parts: Parts,
  state: ContactState,
  content: Content | null,
  by: string,
): Promise<boolean> {
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
