import type { ContentHash } from './hash.ts';
import { compareRank, type Rank } from './rank.ts';

/** A version of a contact as the rule sees it. */
export interface Candidate extends Rank {
  readonly content_hash: ContentHash;
}

/** Why the rule decided as it did. */
export type Reason =
  | 'no_head'
  | 'same_content'
  | 'higher_version'
  | 'lower_version'
  | 'later_update'
  | 'earlier_update'
  | 'exact_tie';

/**
 * What becomes of the incoming version: nothing (`echo`), the new head under this `version` (`accepted`), history alone
 * (`superseded`), a candidate for a person to choose (`conflict`).
 */
export type Verdict =
  | { readonly kind: 'echo'; readonly reason: 'same_content' }
  | { readonly kind: 'accepted'; readonly version: number; readonly reason: Reason }
  | { readonly kind: 'superseded'; readonly reason: Reason }
  | { readonly kind: 'conflict'; readonly reason: 'exact_tie' };

/**
 * The rule. Same content is an echo; else the higher version wins; else the later update; else nobody, and a person
 * decides. A winner keeps its own version if that is higher than the head's, else it becomes head + 1, so that the
 * versions of a contact are unique and only grow.
 *
 * @param head the highest-ranked accepted version, `null` for a contact not seen before
 */
export function resolve(incoming: Candidate, head: Candidate | null): Verdict {
  if (head === null) return { kind: 'accepted', version: incoming.version, reason: 'no_head' };
  if (incoming.content_hash === head.content_hash) return { kind: 'echo', reason: 'same_content' };
  const order = compareRank(incoming, head);
  if (order === 0) return { kind: 'conflict', reason: 'exact_tie' };
  const byVersion = incoming.version !== head.version;
  if (order < 0) return { kind: 'superseded', reason: byVersion ? 'lower_version' : 'earlier_update' };
  return byVersion
    ? { kind: 'accepted', version: incoming.version, reason: 'higher_version' }
    : { kind: 'accepted', version: head.version + 1, reason: 'later_update' };
}
