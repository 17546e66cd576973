import { type Content, canonicalJson, type Json } from '@contact-sync/contact';
import type { ContactCommit, Rejection, Target } from '@contact-sync/sync';
import { shownOf } from './search.ts';

/** Decisions as the flat lists that `commit(plan)` reads, each row with its contact_id. */
export function planOf(
  commits: readonly ContactCommit[],
  rejections: readonly Rejection[],
  targets: readonly Target[],
): object {
  const each = <T extends object>(rows: (commit: ContactCommit) => readonly T[]) =>
    commits.flatMap((commit) => rows(commit).map((row) => ({ ...row, contact_id: commit.contact_id })));
  return {
    targets,
    commits: commits.map(({ contact_id, expected_revision, head, events }) => ({
      contact_id,
      expected_revision,
      bump: head !== null || events.length > 0,
      head: head && {
        version: head.version,
        content_hash: head.content_hash,
        last_updated: head.last_updated,
        last_updated_by: head.last_updated_by,
        deleted: head.content === null,
        ...shownOf(head.content),
      },
    })),
    history: each(({ history }) => history.map((row) => ({ ...row, content: textOf(row.content) }))),
    held: each(({ held }) => held),
    links: each(({ links }) => links),
    conflicts: each(({ conflict }) =>
      conflict === null ? [] : [{ ...conflict, candidates: JSON.stringify(conflict.candidates) }],
    ),
    closed: each(({ closed }) => closed),
    events: each(({ events }) => events.map((event) => ({ event_id: event.event_id, event: JSON.stringify(event) }))),
    inbox_done: each(({ inbox_done }) => inbox_done),
    rejections,
  };
}

/** Content is JSON by construction. */
const textOf = (content: Content | null): string | null => (content === null ? null : canonicalJson(content as Json));

/**
 * JSON that Postgres takes as jsonb and text: what no text there can hold (NUL, half a surrogate pair) becomes U+FFFD.
 * Whole records and contents are JSON in a string of their own by now, where both are escapes, and stay as they are.
 * Source: https://www.postgresql.org/docs/18/datatype-json.html
 */
export const jsonOf = (value: object): string =>
  JSON.stringify(value, (_key, one: unknown) =>
    typeof one === 'string' ? one.toWellFormed().replaceAll('\0', '\ufffd') : one,
  );
