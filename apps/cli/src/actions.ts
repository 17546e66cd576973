import { withServices } from './configuration.ts';
import { firstOf } from './pages.ts';
import { printJson, shownTime, tellMore } from './print.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { colour, table } from './table.ts';

/** Subjects of one action that a table shows. */
const SUBJECTS = 3;

/** What people did. */
export async function listActions(
  around: Surroundings,
  options: { readonly subject?: string; readonly limit: number; readonly json?: true },
): Promise<ExitCode> {
  const subject = options.subject ?? null;
  if (subject !== null && !/^(contact|conflict|dead-letter|system|alert|schedule):\S+$/.test(subject))
    throw new UsageError(
      '--subject is contact:<id>, conflict:<id>, dead-letter:<id>, system:<name>, alert:<id> or schedule:<name>',
    );
  return await withServices(around, async ({ desk }) => {
    const { items, next } = await firstOf(options.limit, (page) => desk.actions(subject, page));
    if (options.json) printJson(around, items);
    else if (items.length === 0) around.out('no actions');
    else
      around.out(
        table(
          ['when', 'what', 'about', 'by', 'via', 'came to', 'reason'],
          items.map(({ begun_at, kind, subjects, by, via, outcome, reason }) => [
            shownTime(begun_at),
            kind,
            about(subjects),
            by,
            via,
            outcome === 'done' ? colour('green', outcome) : outcome === 'failed' ? colour('red', outcome) : 'under way',
            reason,
          ]),
        ),
      );
    tellMore(around, next);
    return 0;
  });
}

function about(subjects: readonly string[]): string | null {
  if (subjects.length === 0) return null;
  const more = subjects.length > SUBJECTS ? [`and ${subjects.length - SUBJECTS} more`] : [];
  return [...subjects.slice(0, SUBJECTS), ...more].join('\n');
}
