/**
 * Reads all four systems back through their own clients and compares them. Shares nothing with the hub but the contact
 * model: the mapping of Twenty's fields is written here a second time, on purpose.
 */
import { type Content, canonicalJson, type Json, parseContent } from '@contact-sync/contact';
import { z } from 'zod';
import type { Clients } from './clients.ts';

/** By contact_id: what is not deleted. */
export type Contacts = ReadonlyMap<string, Content>;

export const SYSTEMS = ['bigquery', 'supabase', 'local', 'twenty'] as const;

export interface Audit {
  readonly contacts: number;
  /** Equal in all four systems. */
  readonly equal: number;
  /** For each system: how many contacts it holds, and how many of them equal what BigQuery's view of heads shows. */
  readonly systems: Readonly<Record<(typeof SYSTEMS)[number], { readonly contacts: number; readonly equal: number }>>;
  /** At most twenty of the others, for a person to look at. */
  readonly differences: readonly string[];
}

export type Shown = Readonly<Record<(typeof SYSTEMS)[number], Contacts>>;

/** What every system shows. */
export async function readBack(clients: Clients): Promise<Shown> {
  const [bigquery, local, supabase, twenty] = await Promise.all([
    readBigQuery(clients),
    readLocal(clients),
    readSupabase(clients),
    readTwenty(clients),
  ]);
  return { bigquery, local, supabase, twenty };
}

/** @returns whether a system shows of a contact what BigQuery's view of heads shows; nothing in both is not equal */
export function equalIn(shown: Shown, system: (typeof SYSTEMS)[number], id: string): boolean {
  const canonical = shown.bigquery.get(id);
  return same(system === 'twenty' && canonical ? asTwentyShows(canonical) : canonical, shown[system].get(id));
}

export async function audit(clients: Clients): Promise<Audit> {
  const shown = await readBack(clients);
  const ids = [...new Set(Object.values(shown).flatMap((contacts) => [...contacts.keys()]))];
  const wrong = ids.map((id) => ({ id, systems: SYSTEMS.filter((system) => !equalIn(shown, system, id)) }));
  const differing = wrong.filter(({ systems }) => systems.length > 0);
  const counted = (system: (typeof SYSTEMS)[number]) => ({
    contacts: shown[system].size,
    equal: ids.filter((id) => equalIn(shown, system, id)).length,
  });
  return {
    contacts: ids.length,
    equal: ids.length - differing.length,
    systems: {
      bigquery: counted('bigquery'),
      supabase: counted('supabase'),
      local: counted('local'),
      twenty: counted('twenty'),
    },
    differences: differing
      .slice(0, 20)
      .map(({ id, systems }) => `${id} differs or is missing in ${systems.join(', ')}`),
  };
}

const same = (a: Content | undefined, b: Content | undefined): boolean =>
  a !== undefined && b !== undefined && canonicalJson(a as Json) === canonicalJson(b as Json);

/** A row that is no valid contact is shown as one that equals nothing. */
function content(row: unknown): Content {
  const parsed = parseContent(row);
  return parsed.ok ? parsed.content : { canonical_name: `invalid: ${parsed.problems.map(({ code }) => code).join()}` };
}

async function readBigQuery({ bigquery, dataset }: Clients): Promise<Contacts> {
  const rows = await bigquery(`SELECT * FROM \`${dataset}.contacts\``);
  const json = (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : value);
  return new Map(
    rows.map((row) => [
      idOf(row.contact_id),
      content({ ...row, emails: json(row.emails), phones: json(row.phones), llm_context: json(row.llm_context) }),
    ]),
  );
}

/** An INT64 as the client wraps it. */
const idOf = (value: unknown): string => z.object({ value: z.string() }).parse(value).value;

const namedRow = z.looseObject({ id: z.unknown(), contact_id: z.string().nullable() });

/** One that the hub has not named goes by its own id. */
function nameOf(row: unknown, system: string): string {
  const { id, contact_id } = namedRow.parse(row);
  return contact_id ?? `unnamed ${system} ${id}`;
}

async function readLocal({ local }: Clients): Promise<Contacts> {
  const rows = await local.contacts();
  return new Map(rows.map((row) => [nameOf(row, 'local'), content(row)]));
}

async function readSupabase({ supabase }: Clients): Promise<Contacts> {
  const all = new Map<string, Content>();
  for (let from = 0; ; from += 500) {
    const { data, error } = await supabase
      .from('contacts')
      .select('*')
      .is('deleted_at', null)
      .order('id')
      .range(from, from + 499);
    if (error) throw new Error(`Supabase answered ${error.code}`);
    for (const row of data) all.set(nameOf(row, 'supabase'), content(row));
    if (data.length < 500) return all;
  }
}

const person = z.looseObject({
  id: z.string(),
  contactId: z.string(),
  name: z.object({ firstName: z.string(), lastName: z.string() }),
  emails: z.object({ primaryEmail: z.string(), additionalEmails: z.array(z.string()).nullable() }),
  phones: z.object({
    primaryPhoneNumber: z.string(),
    primaryPhoneCallingCode: z.string(),
    additionalPhones: z.array(z.object({ number: z.string(), callingCode: z.string() })).nullable(),
  }),
  linkedinLink: z.object({ primaryLinkUrl: z.string() }),
});
const page = z.object({
  data: z.object({ people: z.array(person) }),
  pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
});

async function readTwenty({ twenty }: Clients): Promise<Contacts> {
  const all = new Map<string, Content>();
  for (let after = ''; ; ) {
    const { data, pageInfo } = page.parse(await twenty('GET', `/people?limit=200&depth=0${after}`));
    for (const one of data.people) {
      const { name, emails, phones } = one;
      const joined = [name.firstName, name.lastName].filter((part) => part !== '').join(' ');
      all.set(
        one.contactId || `unnamed twenty ${one.id}`,
        content({
          // Shown only where it is not just first and last name.
          canonical_name: one.canonicalName || joined,
          given_name: name.firstName,
          family_name: name.lastName,
          emails: [emails.primaryEmail, ...(emails.additionalEmails ?? [])],
          phones: [
            phones.primaryPhoneCallingCode + phones.primaryPhoneNumber,
            ...(phones.additionalPhones ?? []).map(({ callingCode, number }) => callingCode + number),
          ],
          job_title: one.jobTitle,
          linkedin_url: one.linkedinLink.primaryLinkUrl,
          category_code: one.categoryCode,
          subcategory_code: one.subcategoryCode,
          llm_context: one.llmContext,
        }),
      );
    }
    if (!pageInfo.hasNextPage) return all;
    after = `&starting_after=${encodeURIComponent(pageInfo.endCursor ?? '')}`;
  }
}

/** What a person at Twenty sees of a contact: no organization (companies are records there), emails in lower case. */
function asTwentyShows({ organization: _, ...canonical }: Content): Content {
  const { given_name, family_name, emails, linkedin_url } = canonical;
  const nameless = given_name === undefined && family_name === undefined;
  return content({
    ...canonical,
    given_name: nameless ? canonical.canonical_name : given_name,
    emails: emails?.map((email) => email.toLowerCase()),
    linkedin_url: linkedin_url?.replace(/\/$/, ''),
  });
}
