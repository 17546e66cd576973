import { CONTENT_FIELDS } from '@contact-sync/contact';
import { type OpenConflict, type Parts, PermanentError, resolveConflict } from '@contact-sync/sync';
import { withHub } from './configuration.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { table } from './table.ts';

/** Enough of a hash to tell candidates apart. */
const SHORT = 12;
const MIN_PREFIX = 6;

/** The conflicts that are open. */
export function listConflicts(around: Surroundings, options: { readonly json?: true }): Promise<ExitCode> {
  return withHub(around, async ({ parts }) => {
    const conflicts = await parts.ledger.conflicts();
    if (options.json) around.out(JSON.stringify(conflicts, null, 2));
    else if (conflicts.length === 0) around.out('no conflicts');
    else
      around.out(
        table(
          ['id', 'contact', 'version', 'last_updated', 'candidates'],
          conflicts.map(({ conflict_id, contact_id, version, last_updated, candidates }) => [
            conflict_id,
            contact_id,
            version,
            last_updated,
            candidates
              .map(({ system, content_hash }) => `${content_hash.slice(0, SHORT)} ${system ?? 'hub'}`)
              .join('\n'),
          ]),
        ),
      );
    return 0;
  });
}

/** One conflict's candidates, by the fields in which they differ. */
export function showConflict(around: Surroundings, id: string, options: { readonly json?: true }): Promise<ExitCode> {
  return withHub(around, async ({ parts }) => {
    const conflict = await openConflict(parts, id);
    if (options.json) around.out(JSON.stringify(conflict, null, 2));
    else around.out(differences(conflict));
    return 0;
  });
}

/** Decides for a candidate. */
export async function resolve(
  around: Surroundings,
  id: string,
  options: { readonly candidate: string; readonly by: string },
): Promise<ExitCode> {
  if (!new RegExp(`^[0-9a-f]{${MIN_PREFIX},64}$`).test(options.candidate))
    throw new UsageError(`a candidate is named by its hash, or at least ${MIN_PREFIX} digits of its beginning`);
  return await withHub(around, async ({ parts }) => {
    const { candidates } = await openConflict(parts, id);
    const [candidate, other] = candidates.filter(({ content_hash }) => content_hash.startsWith(options.candidate));
    if (candidate === undefined || other !== undefined)
      throw new PermanentError('NO_SUCH_CANDIDATE', 'no candidate, or more than one, has this hash', {
        advice: 'List the conflicts to see their candidates.',
      });
    await resolveConflict(parts, id, { candidate: candidate.content_hash }, options.by);
    around.out(`resolved: ${candidate.content_hash.slice(0, SHORT)} goes everywhere`);
    return 0;
  });
}

async function openConflict(parts: Parts, id: string): Promise<OpenConflict> {
  const [conflict] = await parts.ledger.conflicts([id]);
  if (conflict !== undefined) return conflict;
  throw new PermanentError('CONFLICT_CLOSED', 'no conflict of this id is open', {
    advice: 'List the conflicts: a later edit may have decided it.',
  });
}

function differences({ candidates }: OpenConflict): string {
  const shown = (value: unknown) =>
    value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value, null, 1);
  const rows = CONTENT_FIELDS.map((field) => [field, ...candidates.map(({ content }) => shown(content?.[field]))]);
  const head = candidates.map(
    ({ system, content, content_hash, last_updated_by }) =>
      `${content_hash.slice(0, SHORT)}\n${system ?? 'hub'}, ${last_updated_by}${content === null ? '\n(deleted)' : ''}`,
  );
  return table(
    ['field', ...head],
    rows.filter(([, first, ...others]) => others.some((value) => value !== first)),
  );
}
