/** I5: each exact tie is one conflict, with all its candidates. */
import { compareRank, type Rank } from '@contact-sync/contact';
import type { Edit, Tie } from '../witness.ts';
import { type Evidence, tokensIn } from './evidence.ts';
import type { Breach } from './index.ts';

export const conflictsAndTies = (evidence: Evidence): Breach[] => [...told(evidence), ...ties(evidence)];

/** BigQuery and the ledger tell the same story of each. */
function told({ world, openConflicts }: Evidence): Breach[] {
  const opened = world.servers.bigquery.conflicts.filter(({ event }) => event === 'opened');
  const breaches: Breach[] = [...Map.groupBy(opened, ({ conflict_id }) => conflict_id)]
    .filter(([, events]) => new Set(events.map(({ event_id }) => event_id)).size > 1)
    .map(([id]) => ({ promise: 'I5', what: `conflict ${id} was opened twice` }));
  for (const { conflict_id, candidates } of world.ledger.conflicts()) {
    if (!openConflicts.has(conflict_id))
      breaches.push({ promise: 'I5', what: `BigQuery does not know that ${conflict_id} is open` });
    const hashes = new Set(candidates.map(({ content_hash }) => content_hash));
    if (candidates.length < 2 || hashes.size < candidates.length)
      breaches.push({
        promise: 'I5',
        what: `conflict ${conflict_id} has ${hashes.size} candidates of ${candidates.length}`,
      });
  }
  return breaches;
}

const rankOf = ({ system, record }: Edit): Rank => ({
  version: system === 'twenty' ? record.version + 1 : record.version,
  last_updated: record.last_updated,
});

function ties(evidence: Evidence): Breach[] {
  return evidence.witness.ties.flatMap((tie) => (isKept(evidence, tie) ? [] : [breachOf(tie)]));
}

const breachOf = ({ edits: [one, other] }: Tie): Breach => ({
  promise: 'I5',
  what: `the tie of ${one.token} in ${one.system} and ${other.token} in ${other.system} made no conflict`,
});

/** A tie is no tie any more when something that outranks both was accepted before the second was decided over. */
function isKept(evidence: Evidence, { edits }: Tie): boolean {
  const [one, other] = edits;
  if (compareRank(rankOf(one), rankOf(other)) !== 0) return true;
  if (!edits.every((edit) => evidence.isAcknowledged(edit))) return true;
  const texts = edits.map(({ token }) => token ?? '');
  const both = evidence.world.ledger.view
    .conflicts()
    .some(({ candidates }) =>
      texts.every((text) => candidates.some(({ content }) => tokensIn(content).includes(text))),
    );
  if (both) return true;
  // A dead letter holds the second up; or it was decided over late.
  const rows = texts.map((text) => evidence.rowsWith.get(text) ?? []);
  if (rows.some((all) => all.length === 0)) return true;
  // The same content again, later, is no tie.
  if (rows.flat().some((row) => row.status === 'accepted' && compareRank(row, rankOf(one)) > 0)) return true;
  return rows.flat().some(({ contact_id, status, recorded_at }) => {
    if (status !== 'superseded') return false;
    return (evidence.rowsOf.get(contact_id) ?? []).some(
      (row) => row.status === 'accepted' && compareRank(row, rankOf(one)) > 0 && row.recorded_at <= recorded_at,
    );
  });
}
