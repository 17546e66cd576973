/** I2 and I10: ranks never fall, so that nothing deleted comes back by a stale write. */
import { compareRank } from '@contact-sync/contact';
import type { KnownVersion } from '@contact-sync/sync';
import type { Evidence } from './evidence.ts';
import { newestIn } from './evidence.ts';
import type { Breach } from './index.ts';

export const ranks = (evidence: Evidence): Breach[] => [
  ...applied(evidence),
  ...numbered(evidence),
  ...revived(evidence),
];

function applied({ world }: Evidence): Breach[] {
  return (['supabase', 'local'] as const).flatMap((system) =>
    [...Map.groupBy(world.servers[system].writes, ({ contact_id }) => contact_id)].flatMap(([contact_id, writes]) =>
      writes.flatMap((write, index): Breach[] => {
        const before = writes[index - 1];
        if (before === undefined || compareRank(before, write) <= 0) return [];
        return [{ promise: 'I2', what: `${system} went from ${before.version} to ${write.version} of ${contact_id}` }];
      }),
    ),
  );
}

/** Accepted versions of a contact are unique, and each that was accepted later has a higher number. */
function numbered({ rowsOf }: Evidence): Breach[] {
  return [...rowsOf].flatMap(([contact_id, rows]) => {
    const numbers = rows.filter(({ status }) => status === 'accepted').map(({ version }) => version);
    return new Set(numbers).size === numbers.length
      ? []
      : [{ promise: 'I2', what: `accepted versions of ${contact_id} share a number: ${numbers.join(', ')}` }];
  });
}

/** Whoever revived a contact ranked above its deletion. */
function revived({ rowsOf, witness }: Evidence): Breach[] {
  return [...rowsOf].flatMap(([contact_id, rows]) => {
    const accepted = rows.filter(({ status }) => status === 'accepted').sort(compareRank);
    return accepted.flatMap((row, index): Breach[] => {
      const grave = accepted[index - 1];
      if (grave === undefined || grave.content !== null || row.content === null || row.source === null) return [];
      const stale = isStale(
        row,
        grave,
        witness.edits.find(({ token }) => token === newestIn(row.content)),
      );
      return stale ? [{ promise: 'I10', what: `${contact_id} was revived by a stale edit at ${row.version}` }] : [];
    });
  });
}

/** An edit from before the deletion, by number and by time. */
function isStale(
  row: KnownVersion,
  grave: KnownVersion,
  edit: { readonly record: { version: number; last_updated: string } } | undefined,
): boolean {
  if (edit === undefined) return false;
  return row.last_updated < grave.last_updated && row.version <= grave.version;
}
