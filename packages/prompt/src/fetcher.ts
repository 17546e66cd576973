import type { Contact, ContactId } from '@contact-sync/contact';
import { PromptOptionError } from './errors.ts';

/** The systems that hold contacts. */
export const SOURCES = ['bigquery', 'supabase', 'local', 'twenty'] as const;
/** One of {@link SOURCES}. */
export type SourceName = (typeof SOURCES)[number];

/** Where contacts come from. A system implements it; this package does no I/O of its own. */
export interface ContactFetcher {
  /**
   * One call for all of them. Contacts that are not there, or are deleted, are left out of the map. What it returns is
   * not trusted: other contacts than were asked for are not looked at, invalid ones are excluded.
   */
  fetchContacts(contactIds: readonly ContactId[]): Promise<ReadonlyMap<ContactId, Contact>>;
}

export type Sources = Readonly<Partial<Record<SourceName, ContactFetcher>>>;

/**
 * What the source says each id is, in the order asked; `undefined` where it has none.
 *
 * @throws {PromptOptionError} `UNKNOWN_SOURCE` for one that was not given, `INVALID_FETCH` when no map comes back.
 *   What the fetcher throws is passed on as it is.
 */
export async function fetchFrom(
  sources: Sources,
  name: SourceName,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, unknown>> {
  const fetcher = SOURCES.includes(name) ? sources[name] : undefined;
  if (fetcher === undefined)
    throw new PromptOptionError(
      'UNKNOWN_SOURCE',
      'no fetcher was given for this source',
      `Pass one in \`sources\` of the ContactPromptBuilder; sources are ${SOURCES.join(', ')}.`,
    );
  if (contactIds.length === 0) return new Map();
  const found: unknown = await fetcher.fetchContacts(contactIds);
  if (!(found instanceof Map))
    throw new PromptOptionError(
      'INVALID_FETCH',
      'the fetcher returned no Map',
      'Return a Map of contacts by their id.',
    );
  return found;
}
