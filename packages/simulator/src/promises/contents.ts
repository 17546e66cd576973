/** I3: all systems hold equal content, but for what waits for a person. */
import type { ContactId } from '@contact-sync/contact';
import { type KnownVersion, type SystemRecord, TARGETS, type Target } from '@contact-sync/sync';
import type { World } from '../world.ts';
import type { Evidence } from './evidence.ts';
import type { Breach } from './index.ts';

/** BigQuery has every version, and shows the heads. */
export function canonical(evidence: Evidence): Breach[] {
  const { world, history, heads } = evidence;
  const { bigquery } = world.servers;
  const there = new Set(bigquery.history().map(({ change_id }) => change_id));
  const shown = new Map(bigquery.records().map((record) => [record.contact_id, record]));
  const absent = history.map(changeIdOf).filter((id) => !there.has(id));
  const wrong = [...heads].filter(
    ([id, head]) => !evidence.isExcused(id, 'bigquery') && !isShown(world, shown.get(id), head),
  );
  return [
    ...absent.map((id) => `BigQuery lacks version ${id}`),
    ...wrong.map(([id, head]) => `BigQuery shows ${shown.get(id)?.version} of ${id}, and the head is ${head.version}`),
  ].map((what) => ({ promise: 'I3', what }));
}

/** An analyst's row that changes nothing has a number of its own. */
const isShown = (world: World, record: SystemRecord | undefined, { content }: KnownVersion): boolean =>
  content === null
    ? record?.deleted === true
    : record !== undefined && !record.deleted && world.lensOf('bigquery').same(record.fields, content);

const changeIdOf = ({ contact_id, version, content_hash }: KnownVersion): string =>
  `${contact_id}:${version}:${content_hash}`;

export function sameContents(evidence: Evidence, targets: readonly Target[] = TARGETS): Breach[] {
  return targets.flatMap((target) => [...missing(evidence, target), ...extra(evidence, target)]);
}

function missing(evidence: Evidence, target: Target): Breach[] {
  const records = Map.groupBy(evidence.world.servers[target].records(), ({ contact_id }) => contact_id);
  return [...evidence.heads].flatMap(([contact_id, head]): Breach[] => {
    if (evidence.isExcused(contact_id, target)) return [];
    const living = (records.get(contact_id) ?? []).filter(({ deleted }) => !deleted);
    const what = difference(evidence.world, target, head, living);
    return what === null ? [] : [{ promise: 'I3', what: `contact ${contact_id} in ${target}: ${what}` }];
  });
}

function difference(world: World, target: Target, head: KnownVersion, living: readonly SystemRecord[]): string | null {
  if (head.content === null) return living.length === 0 ? null : 'lives, and is deleted';
  const [record, ...others] = living;
  if (record === undefined) return 'is missing';
  if (others.length > 0) return `is there ${living.length} times`;
  if (world.lensOf(target).same(record.fields, head.content)) return null;
  return `differs from version ${head.version}: ${JSON.stringify(record.fields)} against ${JSON.stringify(head.content)}`;
}

/** Nobody knows of it elsewhere. */
function extra(evidence: Evidence, target: Target): Breach[] {
  const named = (id: ContactId | null) => id !== null && evidence.heads.has(id);
  return evidence.world.servers[target].records().flatMap(({ contact_id, deleted, record_id }): Breach[] => {
    if (deleted || named(contact_id)) return [];
    const isListed = evidence.openLetters.some(({ system, key }) => system === target && key === record_id);
    // One that was born there is not yet named while its contact waits for a person.
    const contact = evidence.linkOf(target, record_id);
    const isWaiting = contact !== undefined && evidence.isExcused(contact, target);
    return isListed || isWaiting ? [] : [{ promise: 'I3', what: `record ${record_id} of ${target} is nowhere else` }];
  });
}
