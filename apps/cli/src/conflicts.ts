import type { ConflictDetail, ConflictRecord } from '@contact-sync/sync';
import { withServices } from './configuration.ts';
import { firstOf } from './pages.ts';
import { printJson, shortHash, shownTime, shownValue, tellMore } from './print.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { colour, table } from './table.ts';

/** The conflicts that are open, or those that are closed. */
export function listConflicts(
  around: Surroundings,
  options: { readonly closed?: true; readonly limit: number; readonly json?: true },
): Promise<ExitCode> {
  return withServices(around, async ({ desk }) => {
    const status = options.closed ? 'closed' : 'open';
    const { items, next } = await firstOf(options.limit, (page) => desk.conflicts(status, page));
    if (options.json) printJson(around, items);
    else if (items.length === 0) around.out(options.closed ? 'no closed conflicts' : 'no conflicts');
    else
      around.out(
        table(
          ['id', 'contact', 'version', options.closed ? 'closed' : 'opened', 'sides'],
          items.map((conflict) => [
            conflict.conflict_id,
            conflict.canonical_name || conflict.contact_id,
            conflict.version,
            ended(conflict),
            conflict.candidates.map(sideOf).join('\n'),
          ]),
        ),
      );
    tellMore(around, next);
    return 0;
  });
}

/** One conflict's sides, field by field. */
export function showConflict(around: Surroundings, id: string, options: { readonly json?: true }): Promise<ExitCode> {
  return withServices(around, async ({ desk }) => {
    const detail = await desk.conflict(id);
    if (options.json) printJson(around, detail);
    else around.out([heading(detail.conflict), fieldsTable(detail), howTo(detail.conflict)].join('\n\n').trimEnd());
    return 0;
  });
}

type Candidate = ConflictRecord['candidates'][number];

const sideOf = ({ system, content, content_hash }: Candidate): string =>
  `${shortHash(content_hash)} ${system ?? 'hub'}${content === null ? ' (deleted)' : ''}`;

const ended = ({ status, opened_at, closed_at, closed_by }: ConflictRecord): string =>
  closed_at === null
    ? shownTime(opened_at)
    : `${shownTime(closed_at)}\n${status}${closed_by ? ` by ${closed_by}` : ''}`;

function heading({
  conflict_id,
  contact_id,
  version,
  last_updated,
  status,
  closed_by,
  chosen,
}: ConflictRecord): string {
  const end = status === 'open' ? colour('yellow', 'open') : `${status}${closed_by === null ? '' : ` by ${closed_by}`}`;
  const choice = chosen === null ? '' : `, chosen ${shortHash(chosen)}`;
  return `${colour('bold', conflict_id)}  contact ${contact_id}, version ${version} of ${shownTime(last_updated)}: ${end}${choice}`;
}

/** Every field that some side has; `≠` where the sides do not agree, `*` at what changed the value before. */
function fieldsTable({ conflict: { candidates }, base, fields }: ConflictDetail): string {
  const heads = candidates.map((candidate, place) =>
    [nameOf(place, candidates.length), sideOf(candidate), candidate.last_updated_by].map(indented).join('\n'),
  );
  const rows = fields.map(({ field, base: was, values, differs, changed }) => {
    const cells = values.map((value, place) => {
      const text = (shownValue(value) ?? '–').split('\n').map(indented).join('\n');
      return changed[place] ? text.replace(' ', '*') : text;
    });
    return [
      differs ? colour('yellow', '≠') : ' ',
      colour(differs ? 'yellow' : 'dim', field),
      ...cells,
      shownValue(was),
    ];
  });
  const beginning = base === null ? 'base\n(none)' : `base\nversion ${base.version}`;
  return table([' ', 'field', ...heads, beginning], rows);
}

const indented = (line: string): string => `  ${line}`;

/** @param of how many sides there are, the canonical one among them */
const nameOf = (place: number, of: number): string =>
  place === 0 ? 'canonical' : of === 2 ? 'incoming' : `incoming ${place}`;

const howTo = ({ conflict_id, status }: ConflictRecord): string =>
  status === 'open'
    ? `contact-sync conflicts resolve ${conflict_id} --take canonical|incoming, or --field name=canonical|incoming|base`
    : '';
