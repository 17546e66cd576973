import { CONTENT_FIELDS } from '@contact-sync/contact';
import type { Single } from '../draft.ts';

/** What a column means: a single field, a list of ours, one value of a list, or a page that may be one on LinkedIn. */
export type Meaning = Single | 'emails' | 'phones' | 'email' | 'phone' | 'page';

/** A column of a file; without a meaning it is left out. */
export interface Column {
  /** As the header has it. */
  readonly name: string;
  readonly meaning: Meaning | null;
}

/** The columns that are written, in their order. Each means what its name says. */
export const OWN_COLUMNS = ['contact_id', ...CONTENT_FIELDS] as const satisfies readonly Meaning[];

const NAMES: Readonly<Record<Exclude<Meaning, (typeof OWN_COLUMNS)[number] | 'uid'>, readonly string[]>> &
  Readonly<Partial<Record<Meaning, readonly string[]>>> = {
  canonical_name: ['name', 'full name', 'display name', 'contact name'],
  name_prefix: ['name prefix'],
  given_name: ['given name', 'first name', 'first', 'forename'],
  middle_name: ['middle name', 'additional name'],
  family_name: ['family name', 'last name', 'last', 'surname'],
  name_suffix: ['name suffix', 'suffix'],
  email: ['email', 'e-mail', 'email address', 'e-mail address', 'primary email', 'secondary email'],
  phone: [
    'phone',
    'phone number',
    'telephone',
    'mobile',
    'mobile phone',
    'mobile number',
    'primary phone',
    'home phone',
    'home phone 2',
    'work phone',
    'business phone',
    'business phone 2',
    'company main phone',
    'car phone',
    'other phone',
  ],
  organization: ['company', 'organization', 'organisation', 'organization name', 'organization 1 - name'],
  job_title: ['job title', 'organization title', 'organization 1 - title', 'position', 'title'],
  linkedin_url: ['linkedin', 'linkedin url', 'linkedin profile'],
  page: ['url', 'web page', 'web page 1', 'web page 2', 'website', 'personal web page'],
  birthday: ['birthday'],
  anniversary: ['anniversary'],
};

const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...OWN_COLUMNS.map((name) => [name, name] as const),
  ...Object.entries(NAMES).flatMap(([meaning, names]) => names.map((name) => [name, meaning as Meaning] as const)),
]);

const NUMBERED: readonly (readonly [RegExp, Meaning])[] = [
  [/^e-?mail[ _]?\d+( address| - value)?$/, 'email'],
  [/^phone[ _]?\d+( - value)?$/, 'phone'],
  [/^website \d+ - value$/, 'page'],
];

/**
 * What the columns of a header mean: our own, those of Google Contacts (old and new), Outlook, Thunderbird and LinkedIn,
 * and what people call them by hand. `null` when none means anything: then it is no header of an address book.
 */
export function columnsOf(header: readonly string[]): readonly Column[] | null {
  const columns = header.map((name) => ({ name: name.trim(), meaning: meaningOf(name) }));
  const titles = columns.filter(({ meaning }) => meaning === 'job_title');
  // Outlook has a job title and, as `Title`, what stands before the name.
  const named = columns.map((column) =>
    titles.length > 1 && /^title$/i.test(column.name) ? { ...column, meaning: 'name_prefix' as const } : column,
  );
  return named.some(({ meaning }) => meaning !== null) ? named : null;
}

function meaningOf(name: string): Meaning | null {
  const plain = name.slice(0, 100).trim().toLowerCase().replaceAll(/\s+/g, ' ');
  return MEANINGS.get(plain) ?? NUMBERED.find(([form]) => form.test(plain))?.[1] ?? null;
}
