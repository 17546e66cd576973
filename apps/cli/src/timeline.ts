import type { FieldDifference } from '@contact-sync/contact';
import type { TimelineItem } from '@contact-sync/sync';
import { withServices } from './configuration.ts';
import { contactIdOf } from './contact.ts';
import { firstOf } from './pages.ts';
import { printJson, shortHash, shownTime, shownValue, tellMore } from './print.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { table } from './table.ts';

/** What happened to a contact. */
export async function timeline(
  around: Surroundings,
  id: string,
  options: { readonly limit: number; readonly json?: true },
): Promise<ExitCode> {
  const contactId = contactIdOf(id);
  return await withServices(around, async ({ desk }) => {
    const { items, next } = await firstOf(options.limit, (page) => desk.timeline(contactId, page));
    if (options.json) printJson(around, items);
    else
      around.out(
        table(
          ['when', 'what', 'where', 'details'],
          items.map((item) => [shownTime(item.at), ...told(item)]),
        ),
      );
    tellMore(around, next);
    return 0;
  });
}

type Told = readonly [what: string, where: string | null, details: string];

function told(item: TimelineItem): Told {
  switch (item.kind) {
    case 'notification': {
      const became = item.dead_letter_id === null ? (item.outcome ?? 'waits') : `dead letter ${item.dead_letter_id}`;
      return ['edit heard', item.system, `${became}, by ${item.last_updated_by}${item.deleted ? ', a deletion' : ''}`];
    }
    case 'version': {
      const name = `${shortHash(item.content_hash)}, by ${item.last_updated_by}${item.deleted ? ', a deletion' : ''}`;
      const what = `version ${item.version}${item.status === 'superseded' ? ', superseded' : ''}`;
      return [what, item.source ?? 'hub', [name, ...item.differences.map(difference)].join('\n')];
    }
    case 'receipt': {
      const { target, version, waited_ms } = item.receipt;
      return ['delivered', target, `version ${version}${waited_ms === null ? '' : ` after ${waited_ms} ms`}`];
    }
    case 'conflict': {
      const by = item.by === null ? '' : `, by ${item.by}`;
      return [`conflict ${item.event.replace('_', ' ')}`, null, `${item.conflict_id}, ${item.candidates} sides${by}`];
    }
    case 'dead_letter': {
      const { dead_letter_id, system, code, reason, status } = item.letter;
      return [`dead letter ${status}`, system, `${dead_letter_id}: ${code}: ${reason}`];
    }
    case 'action': {
      const { kind, by, via, outcome } = item.action;
      return [kind, via, `${outcome ?? 'under way'}, by ${by}`];
    }
  }
}

/** In one line, so that a list of changes stays one. */
function difference({ field, a, b }: FieldDifference): string {
  const shown = (value: FieldDifference['a']) => shownValue(value)?.replaceAll('\n', ', ') ?? '–';
  return `${field}: ${shown(a)} → ${shown(b)}`;
}
