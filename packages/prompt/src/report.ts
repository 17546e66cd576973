import { BLOCKS, type BlockName } from './blocks.ts';
import type { ContactDocument, Kept } from './document.ts';
import type { ExclusionCode } from './errors.ts';
import type { Redaction } from './redactable.ts';

/** A contact that is shown, and the blocks it is shown with, whole or in part. */
export interface Included {
  readonly contact_id: string;
  readonly blocks: readonly BlockName[];
}

/** A block that is shown in part. */
export interface Truncated {
  readonly contact_id: string;
  readonly block: BlockName;
  /** Entries and sentences that are shown. */
  readonly kept: number;
  /** Entries and sentences that there are. */
  readonly total: number;
}

/** A block that is not shown for want of room; `null`: nothing of the contact is. */
export interface Dropped {
  readonly contact_id: string;
  readonly block: BlockName | null;
}

/** A contact that must not or cannot be shown. Nothing of it is anywhere in the result but its id. */
export interface Excluded {
  readonly contact_id: string;
  readonly code: ExclusionCode;
}

/** What became of everything that was asked for. Contacts in the order asked, blocks in the order shown. */
export interface Report {
  /** Tokens of the whole: `text`, or `system` and `user` together. Never more than the budget. */
  readonly tokens: number;
  readonly included: readonly Included[];
  readonly truncated: readonly Truncated[];
  readonly dropped: readonly Dropped[];
  /** Always empty for one contact: that one throws. */
  readonly excluded: readonly Excluded[];
  readonly redactions: readonly Redaction[];
  /** The name of the tag, key or heading around the data, `contact-data-` and 24 hex digits. */
  readonly fence: string;
}

/** Data for a prompt of one's own, and what became of everything. */
export interface ContactContext extends Report {
  /** Fenced data, without any instructions. */
  readonly text: string;
  /**
   * What a model must be told of it, for the system part. Already there in a {@link ContactPrompt}; not in `text`, and
   * not counted in `tokens`.
   */
  readonly notice: string;
}

/** A prompt for a model, in its two parts, and what became of everything. */
export interface ContactPrompt extends Report {
  /** The base prompt, and what the fence means. */
  readonly system: string;
  /** The question, if there is one, and the fenced data. */
  readonly user: string;
}

/** What of each contact is shown, cut and left out. */
export function shares(
  contacts: readonly ContactDocument[],
  kept: Kept,
): Pick<Report, 'included' | 'truncated' | 'dropped'> {
  const included: Included[] = [];
  const truncated: Truncated[] = [];
  const dropped: Dropped[] = [];
  for (const [index, { contact_id, blocks }] of contacts.entries()) {
    const units = kept[index];
    if (units === undefined || units.size === 0) {
      dropped.push({ contact_id, block: null });
      continue;
    }
    included.push({ contact_id, blocks: BLOCKS.filter((block) => units.has(block)) });
    for (const { name: block, total } of blocks.values()) {
      const kept = units.get(block);
      if (kept === undefined) dropped.push({ contact_id, block });
      else if (kept < total) truncated.push({ contact_id, block, kept, total });
    }
  }
  return { included, truncated, dropped };
}
