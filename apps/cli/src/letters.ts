import type { DeadLetterDetail, DeadLetterFilter, DeadLetterRecord, System, WorkQueue } from '@contact-sync/sync';
import { withServices } from './configuration.ts';
import { contactIdOf } from './contact.ts';
import { firstOf } from './pages.ts';
import { printJson, shownTime, tellMore } from './print.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { colour, table } from './table.ts';

/** Which dead letters, as options say it. Ages are milliseconds. */
export interface LetterFilterOptions {
  readonly system?: System;
  readonly queue?: WorkQueue;
  readonly code?: string;
  readonly contact?: string;
  readonly olderThan?: number;
  readonly newerThan?: number;
}

/** Of `dead list`. */
export interface ListOptions extends LetterFilterOptions {
  readonly status: 'open' | 'closed' | 'all';
  readonly limit: number;
  readonly json?: true;
}

/** @throws {UsageError} for what is no id of a contact */
export function filterOf(options: LetterFilterOptions, now = Date.now()): Omit<DeadLetterFilter, 'status'> {
  const { system, queue, code, contact, olderThan, newerThan } = options;
  const ago = (ms: number) => new Date(now - ms).toISOString();
  return {
    ...(system !== undefined && { system }),
    ...(queue !== undefined && { queue }),
    ...(code !== undefined && { code }),
    ...(contact !== undefined && { contact_id: contactIdOf(contact) }),
    ...(olderThan !== undefined && { before: ago(olderThan) }),
    ...(newerThan !== undefined && { since: ago(newerThan) }),
  };
}

/** Ids, or everything that matches: one of them, and not both. @throws {UsageError} */
export function selectionOf(
  ids: readonly string[],
  options: LetterFilterOptions & { readonly all?: true },
): { readonly ids: readonly string[] } | { readonly filter: Omit<DeadLetterFilter, 'status'> } {
  const filter = filterOf(options);
  const isFiltered = options.all ?? Object.keys(filter).length > 0;
  if (isFiltered === ids.length > 0)
    throw new UsageError('name the dead letters, or give --all, --system, --queue, --code, --contact or an age');
  return isFiltered ? { filter } : { ids: [...new Set(ids)] };
}

/** Dead letters, newest first. */
export async function listDead(around: Surroundings, options: ListOptions): Promise<ExitCode> {
  const filter = { ...filterOf(options), status: options.status };
  return await withServices(around, async ({ desk }) => {
    const { items, next } = await firstOf(options.limit, (page) => desk.deadLetters(filter, page));
    if (options.json) printJson(around, items);
    else if (items.length === 0) around.out('no dead letters');
    else {
      const states = options.status === 'open' ? [] : ['status'];
      around.out(
        table(
          ['id', 'queue', 'contact or record', ...states, 'failed first', 'code', 'why, and what to do'],
          items.map((letter) => [
            letter.dead_letter_id,
            letter.queue,
            letter.contact_id ?? letter.key,
            ...states.map(() => letter.status),
            shownTime(letter.created_at),
            letter.code,
            `${letter.reason}\n${letter.advice}`,
          ]),
        ),
      );
    }
    tellMore(around, next);
    return 0;
  });
}

/** One dead letter, and what was done about it. */
export function showDead(around: Surroundings, id: string, options: { readonly json?: true }): Promise<ExitCode> {
  return withServices(around, async ({ desk }) => {
    const detail = await desk.deadLetter(id);
    if (options.json) printJson(around, detail);
    else around.out(shown(detail));
    return 0;
  });
}

function shown({ letter, actions }: DeadLetterDetail): string {
  const facts = table(
    ['dead letter', letter.dead_letter_id],
    [
      ['status', ended(letter)],
      ['queue', letter.queue],
      ['system', letter.system],
      ['record or contact', letter.key],
      ['contact', letter.contact_id],
      ['version', letter.version],
      ['code', letter.code],
      ['field', letter.field || null],
      ['why', letter.reason],
      ['what to do', letter.advice],
      ['attempts', letter.attempts],
      ['failed first', shownTime(letter.created_at)],
      ['failed last', shownTime(letter.failed_at)],
    ],
  );
  if (actions.length === 0) return facts;
  const done = table(
    ['when', 'what', 'by', 'came to', 'reason'],
    actions.map(({ begun_at, kind, by, outcome, reason }) => [
      shownTime(begun_at),
      kind,
      by,
      outcome ?? 'under way',
      reason,
    ]),
  );
  return `${facts}\n\n${done}`;
}

function ended({ status, closed_at, closed_by }: DeadLetterRecord): string {
  if (closed_at === null) return colour('yellow', status);
  return `${status} ${shownTime(closed_at)}${closed_by === null ? '' : ` by ${closed_by}`}`;
}
