import { type ContactId, contentFields, isContactId } from '@contact-sync/contact';
import type { ContactDetail } from '@contact-sync/sync';
import { asker, withHub, withServices } from './configuration.ts';
import { harmless } from './harmless.ts';
import { firstOf } from './pages.ts';
import { printJson, shortHash, shownTime, shownValue, tellMore } from './print.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { colour, table } from './table.ts';

interface JsonOption {
  readonly json?: true;
}

/** @throws {UsageError} for what is no id of a contact */
export function contactIdOf(text: string): ContactId {
  if (isContactId(text)) return text;
  throw new UsageError('a contact_id is a whole number of at most 64 bits');
}

/** Contacts by words or by an id. */
export function findContacts(
  around: Surroundings,
  words: readonly string[],
  options: JsonOption & { readonly limit: number },
): Promise<ExitCode> {
  return withServices(around, async ({ desk }) => {
    const text = words.join(' ');
    const { items, next } = await firstOf(options.limit, (page) => desk.contacts({ text, ...page }));
    if (options.json) printJson(around, items);
    else if (items.length === 0) around.out('no such contacts');
    else
      around.out(
        table(
          ['contact', 'name', 'organization', 'category', 'version', 'state', 'last updated'],
          items.map((one) => [
            one.contact_id,
            one.canonical_name,
            one.organization,
            one.category_code,
            one.version,
            shownState(one.state),
            `${shownTime(one.last_updated)} by ${one.last_updated_by}`,
          ]),
        ),
      );
    tellMore(around, next);
    return 0;
  });
}

/** What a contact says, and how each system stands with it. */
export async function showContact(around: Surroundings, id: string, options: JsonOption): Promise<ExitCode> {
  const contactId = contactIdOf(id);
  return await withServices(around, async ({ desk }) => {
    const detail = await desk.contact(contactId);
    if (options.json) printJson(around, detail);
    else around.out([heading(detail), fieldsTable(detail), systemsTable(detail)].join('\n\n'));
    return 0;
  });
}

/** Makes a past version the new one. */
export async function restoreContact(
  around: Surroundings,
  id: string,
  version: number,
  options: JsonOption & { readonly hash?: string; readonly by: string },
): Promise<ExitCode> {
  const contactId = contactIdOf(id);
  const { hash } = options;
  if (hash !== undefined && !/^[0-9a-f]{4,64}$/.test(hash))
    throw new UsageError('--hash is a hash of a version, or at least 4 digits of its beginning');
  return await withHub(around, async ({ desk }) => {
    const name = hash === undefined ? undefined : await wholeHash();
    const restored = await desk.restore(contactId, { version, content_hash: name }, asker(options.by));
    if (options.json) printJson(around, restored);
    else if (restored.result === 'unchanged') around.out(`contact ${contactId} says the same already`);
    else around.out(`contact ${contactId} is at version ${restored.version}, which says what version ${version} said`);
    return 0;

    async function wholeHash(): Promise<string | undefined> {
      if (hash?.length === 64) return hash;
      const found = await desk.versions(contactId, version);
      const [one, other] = found.filter(({ content_hash }) => content_hash.startsWith(hash ?? ''));
      if (one !== undefined && (other === undefined || other.content_hash === one.content_hash))
        return one.content_hash;
      const known = found.map(({ content_hash }) => shortHash(content_hash)).join(', ');
      throw new UsageError(`--hash: one of ${known}`);
    }
  });
}

const HUES = { in_step: 'green', pending: 'yellow', conflict: 'yellow', dead_letter: 'red' } as const;

const shownState = (state: ContactDetail['state']): string => colour(HUES[state], state.replace('_', ' '));

function heading({ content, deleted, state, conflict_id, ...head }: ContactDetail): string {
  const name = harmless(content?.canonical_name ?? '').replaceAll('\n', ' ');
  return [
    `${colour('bold', deleted ? '(deleted)' : name)}  ${head.contact_id}`,
    `version ${head.version}, ${shortHash(head.content_hash)}, ${shownTime(head.last_updated)} by ${harmless(head.last_updated_by)}`,
    `${shownState(state)}${conflict_id === null ? '' : `: contact-sync conflicts show ${conflict_id}`}`,
  ].join('\n');
}

const fieldsTable = ({ content }: ContactDetail): string =>
  table(
    ['field', 'value'],
    [...contentFields(content)].map(([field, value]) => [field, shownValue(value)]),
  );

const systemsTable = ({ systems }: ContactDetail): string =>
  table(
    ['system', 'record', 'version', 'stands', 'since', 'dead letter'],
    systems.map((one) => [
      one.system,
      one.record_id,
      one.version,
      one.behind ? colour('yellow', 'behind') : colour('green', 'in step'),
      one.since === null ? null : shownTime(one.since),
      one.dead_letter_id,
    ]),
  );
