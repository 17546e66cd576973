/** What one observation of a record means against the state of its contact: the rule with all that feeds it. Pure. */

import type { ContentHash } from '@contact-sync/contact';
import {
  type Content,
  compareRank,
  contentHash,
  type Lens,
  MAX_VERSION,
  type Problem,
  parseContent,
  resolve,
  type Timestamp,
} from '@contact-sync/contact';
import type { ContactState, KnownVersion } from './ledger-port.ts';
import type { System, SystemRecord, Version } from './ports.ts';

/** What is still believed of a record that ranks above its contact. */
export interface Bounds {
  /** Milliseconds. A `last_updated` further ahead than this counts as now. */
  readonly skew_ms: number;
  /** A version further above the head than this is refused: `VERSION_IMPLAUSIBLE`. */
  readonly max_version_jump: number;
}

/** What a decision depends on beside the contact and its record. */
export interface Surroundings extends Bounds {
  readonly system: System;
  readonly lens: Lens;
  readonly counts_versions: boolean;
  readonly now: Timestamp;
  /** `now` + skew. */
  readonly latest: Timestamp;
}

/** Why an edit cannot become a version. `VERSION_IMPLAUSIBLE`: its number is beyond all bounds, or no whole number. */
export type Refusal = Omit<Problem, 'code'> & { readonly code: Problem['code'] | 'VERSION_IMPLAUSIBLE' };

/**
 * What one observation of a record means, before it is decided what follows. `incoming` is the version that it makes:
 * for `accepted` under the number that the rule gives it.
 */
export type Judgement =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly problems: readonly [Refusal, ...Refusal[]] }
  /** The record holds this content under the number it carries. */
  | { readonly kind: 'echo'; readonly content_hash: ContentHash }
  | { readonly kind: 'superseded' | 'conflict' | 'accepted'; readonly incoming: Version };

type Known = Pick<ContactState, 'contact_id' | 'head' | 'versions'>;

/** The number an edit counts as: the system's own, or the one after the last delivered. */
export const candidateVersion = (record: SystemRecord, counts_versions: boolean): number =>
  counts_versions ? Math.max(record.version, 1) : record.version + 1;

/**
 * Judges one observation of a record against what is known of its contact.
 *
 * @param record as it stands, or as an edit left it
 */
export function judge(record: SystemRecord, known: Known, around: Surroundings): Judgement {
  const { head, versions } = known;
  // The hub writes accepted versions alone: who holds content that lost under this number has typed it anew.
  const unedited = versions.find(
    ({ version, status, content }) =>
      version === record.version &&
      status === 'accepted' &&
      (content === null ? record.deleted : !record.deleted && around.lens.same(record.fields, content)),
  );
  if (unedited && !isUndone(record, unedited, known, around))
    return { kind: 'echo', content_hash: unedited.content_hash };
  if (record.deleted && head === null) return { kind: 'ignored' };

  const read = contentOf(record, known, around);
  if (!read.ok) return { kind: 'refused', problems: read.problems };
  const version = candidateVersion(record, around.counts_versions);
  const implausible = Number.isSafeInteger(record.version) ? whyImplausible(version, head, around) : NO_VERSION;
  if (implausible !== null)
    return { kind: 'refused', problems: [{ code: 'VERSION_IMPLAUSIBLE', field: 'version', message: implausible }] };

  const content_hash = contentHash(read.content);
  if (versions.some((one) => one.version === version && one.content_hash === content_hash))
    return { kind: 'echo', content_hash };
  const incoming: Version = {
    contact_id: known.contact_id,
    version,
    last_updated: record.last_updated > around.latest ? around.now : record.last_updated,
    last_updated_by: nameOf(record.last_updated_by),
    content: read.content,
    content_hash,
  };
  const verdict = resolve(incoming, head);
  // BigQuery shows an analyst's row from now on, and would show no version below it: the head takes its number.
  if (verdict.kind === 'echo' && around.system === 'bigquery' && head !== null && version > head.version)
    return { kind: 'accepted', incoming };
  if (verdict.kind === 'echo') return { kind: 'echo', content_hash };
  return {
    kind: verdict.kind,
    incoming: verdict.kind === 'accepted' ? { ...incoming, version: verdict.version } : incoming,
  };
}

/** Half of what there is: from any first version on, a contact can be edited for ever. */
const MAX_FIRST_VERSION = MAX_VERSION / 2;

/** Databases hold numbers that JavaScript rounds, and some hold anything: NaN, and null once it was written as JSON. */
const NO_VERSION = 'is not a whole number that every system holds';

function whyImplausible(version: number, head: Version | null, { max_version_jump }: Bounds): string | null {
  if (head === null) return version > MAX_FIRST_VERSION ? 'is higher than any contact was ever edited' : null;
  return version > head.version + max_version_jump ? `is more than ${max_version_jump} above the head's` : null;
}

/** Whoever edits may write there what they like: names that no system refuses, as short as names are. */
export const nameOf = (editor: string): string => editor.slice(0, 200).toWellFormed().replaceAll('\0', '\ufffd');

/** Somebody took an edit back that was heard already: the record stands as before it, later than it. */
function isUndone(record: SystemRecord, unedited: Version, { versions }: Known, around: Surroundings): boolean {
  const next = candidateVersion(record, around.counts_versions);
  return (
    record.edited === true &&
    versions.some(
      ({ version, source, last_updated, content_hash }) =>
        version === next &&
        source === around.system &&
        last_updated < record.last_updated &&
        content_hash !== unedited.content_hash,
    )
  );
}

const acceptedFirst = (a: KnownVersion, b: KnownVersion): number =>
  Number(b.status === 'accepted') - Number(a.status === 'accepted');

type Read =
  | { readonly ok: true; readonly content: Content | null }
  | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };

function contentOf(record: SystemRecord, known: Known, around: Surroundings): Read {
  if (record.deleted) return { ok: true, content: null };
  return parseContent(around.lens.fromRecord(record.fields, baseOf(record, known, around)));
}

/**
 * What the record last stood for, where the system can hold it. A field that it cannot hold was not edited there: it is
 * the head's, however old the record's number is.
 */
function baseOf(record: SystemRecord, { versions, head }: Known, around: Surroundings): Content | null {
  const live = versions.filter(({ content }) => content !== null).sort((a, b) => compareRank(b, a));
  const numbered = (version: number) => live.filter((one) => one.version === version).sort(acceptedFirst)[0];
  const stood = numbered(around.counts_versions ? record.version - 1 : record.version) ?? numbered(record.version);
  const latest = head?.content ?? live[0]?.content ?? null;
  const base = stood?.content ?? latest;
  if (base === null || latest === null) return base;
  return around.lens.over(base, latest, record.fields);
}
