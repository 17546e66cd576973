import { createHash } from 'node:crypto';
import {
  type ContactId,
  type Content,
  contactId,
  contentFields,
  contentHash,
  fromMillis,
  parseContent,
  withFields,
} from '@contact-sync/contact';
import { type Decision, decree, unknownContact } from '../decide.ts';
import { TransientError } from '../errors.ts';
import { follow } from '../following.ts';
import type { ContactState, KnownVersion } from '../ledger-port.ts';
import type { Parts } from '../parts.ts';
import { publish } from '../publish.ts';

/** A contact that comes in. */
export interface ImportEntry {
  /** Where it stands in its source, for the report. */
  readonly line: number;
  readonly contact_id: ContactId | null;
  /** What its source calls it, such as a vCard's UID; `null` where it has no name there. */
  readonly uid: string | null;
  readonly content: Content;
}

/** What becomes of contacts that are known. */
export interface ImportOptions {
  /** Change them: fields that are given are written, the others stay. Without it they are left as they are. */
  readonly update: boolean;
}

/** An entry that was not taken over, and why. */
export interface ImportRefusal {
  readonly line: number;
  readonly contact_id: ContactId;
  readonly code: string;
  /** English, for people. */
  readonly message: string;
}

/** How far an import has come. */
export interface ImportSummary {
  readonly seen: number;
  readonly created: number;
  readonly updated: number;
  /** Known, and nothing new is told of them. */
  readonly unchanged: number;
  /** Known, different, and left as they are. */
  readonly kept: number;
  readonly refused: number;
  /** The first hundred. */
  readonly refusals: readonly ImportRefusal[];
}

const BATCH = 200;
const MAX_ROUNDS = 8;
const REFUSALS_KEPT = 100;

/** As {@link ImportSummary}, while it grows. */
type Tally = { -readonly [Key in keyof Omit<ImportSummary, 'refusals'>]: number } & { refusals: ImportRefusal[] };

/** See `Desk.importContacts`. */
export async function importContacts(
  parts: Parts,
  entries: AsyncIterable<ImportEntry>,
  options: ImportOptions,
  by: string,
  onProgress: (summary: ImportSummary) => void,
): Promise<ImportSummary> {
  const tally: Tally = { seen: 0, created: 0, updated: 0, unchanged: 0, kept: 0, refused: 0, refusals: [] };
  let batch = new Map<ContactId, ImportEntry>();
  const settle = async () => {
    await importBatch(parts, batch, options, by, tally);
    batch = new Map();
    onProgress({ ...tally, refusals: [...tally.refusals] });
  };
  for await (const entry of entries) {
    const id = idOf(entry);
    // The same contact twice: the second is seen as it stands after the first.
    if (batch.has(id) || batch.size === BATCH) await settle();
    batch.set(id, entry);
    tally.seen += 1;
  }
  if (batch.size > 0) await settle();
  return tally;
}

/**
 * Who has no id gets one that the same entry has each time, so that an import that is repeated makes nobody twice: of what
 * its source calls it, else of what it says.
 */
function idOf({ contact_id, uid, content }: ImportEntry): ContactId {
  if (contact_id !== null) return contact_id;
  const name = uid === null ? `content:${contentHash(content)}` : `uid:${uid}`;
  const digest = createHash('sha256').update(name.toWellFormed()).digest();
  return contactId((digest.readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn).toString());
}

async function importBatch(
  parts: Parts,
  batch: ReadonlyMap<ContactId, ImportEntry>,
  options: ImportOptions,
  by: string,
  tally: Tally,
): Promise<void> {
  let waiting = batch;
  for (let round = 0; waiting.size > 0; round++) {
    if (round === MAX_ROUNDS)
      throw new TransientError('CONTENDED', `${waiting.size} contacts were changed by others all the while`);
    const states = await parts.ledger.contacts([...waiting.keys()]);
    const decisions = new Map<ContactId, { readonly decision: Decision; readonly born: boolean }>();
    for (const [id, entry] of waiting) {
      const state = states.get(id) ?? unknownContact(id);
      const content = contentAfter(state, entry, options, tally);
      if (content === null) continue;
      const decision = decree(state, content, by, fromMillis(parts.ambient.now()));
      decisions.set(id, { decision, born: state.head === null });
    }
    const commits = [...decisions.values()].map(({ decision }) => decision.commit);
    const { lost, overtaken } = await parts.ledger.commit(commits, []);
    const won = [...decisions].filter(([id]) => !lost.has(id)).map(([, one]) => one);
    tally.created += won.filter(({ born }) => born).length;
    tally.updated += won.filter(({ born }) => !born).length;
    await publish(parts, follow(won.map(({ decision }) => decision)));
    if (overtaken.length > 0) await parts.queues.unbury(overtaken);
    waiting = new Map([...waiting].filter(([id]) => lost.has(id)));
  }
}

/** @returns `null` when nothing is to be written; the tally says why */
function contentAfter(
  { contact_id, head, versions, conflict }: ContactState,
  { line, content }: ImportEntry,
  { update }: ImportOptions,
  tally: Tally,
): Content | null {
  if (head === null) return content;
  const merged = parseContent(withFields(head.content, contentFields(content)));
  const refuse = (code: string, message: string): null => {
    tally.refused += 1;
    if (tally.refusals.length < REFUSALS_KEPT) tally.refusals.push({ line, contact_id, code, message });
    return null;
  };
  if (merged.ok && contentHash(merged.content) === head.content_hash) {
    tally.unchanged += 1;
    return null;
  }
  if (!update) {
    tally.kept += 1;
    return null;
  }
  if (conflict !== null) return refuse('CONTACT_IN_CONFLICT', 'an open conflict has to be decided first');
  // An old file must not show somebody to models who was excluded since, be it that they were deleted after that.
  const last = head.content ?? lastLiving(versions);
  if (last?.category_code === 'X' && merged.ok && merged.content.category_code !== 'X')
    return refuse('CATEGORY_X_STAYS', 'the contact is excluded (category X): only an edit by hand takes that back');
  if (merged.ok) return merged.content;
  const [problem] = merged.problems;
  return refuse(problem.code, `${problem.field} ${problem.message}`.trim());
}

const lastLiving = (versions: readonly KnownVersion[]): Content | null =>
  versions
    .filter(({ status, content }) => status === 'accepted' && content !== null)
    .reduce<KnownVersion | null>((last, one) => (last === null || one.version > last.version ? one : last), null)
    ?.content ?? null;
