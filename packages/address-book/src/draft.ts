import { isDeepStrictEqual } from 'node:util';
import { CONTENT_FIELDS, type ContactId, isContactId, parseContent } from '@contact-sync/contact';
import type { AddressBookCode, AddressBookProblem, Found, Refused } from './entry.ts';
import { parsedJson } from './json-text.ts';
import { MAX_PROBLEMS } from './limits.ts';
import { Tally } from './tally.ts';

/** A field that is told once, and what names are made of where no whole name is told. */
export type Single =
  | 'contact_id'
  | 'uid'
  | 'canonical_name'
  | 'name_prefix'
  | 'given_name'
  | 'middle_name'
  | 'family_name'
  | 'name_suffix'
  | 'organization'
  | 'job_title'
  | 'linkedin_url'
  | 'category_code'
  | 'subcategory_code'
  | 'llm_context'
  | 'birthday'
  | 'anniversary';

/** JSON, as llm_context is written, needs none: all texts survive in it. */
export const SUBSTITUTED = CONTENT_FIELDS.filter((field) => field !== 'llm_context');

const UNREADABLE: ReadonlySet<AddressBookCode> = new Set(['BROKEN', 'TOO_LARGE', 'INVALID_ENCODING']);

const NAME_PARTS = ['name_prefix', 'middle_name', 'name_suffix'] as const;
const DAYS = ['birthday', 'anniversary'] as const;

const someOf = (list: readonly string[]) => (list.length === 0 ? undefined : list);

/** What one row or card says, gathered value by value, until it is judged as a whole. */
export class Draft {
  readonly line: number;
  readonly leftOut = new Tally();
  readonly #singles = new Map<Single, string>();
  readonly #problems: AddressBookProblem[] = [];
  readonly #lists = { emails: [] as string[], phones: [] as string[] };
  #substitutes: unknown = null;

  constructor(line: number) {
    this.line = line;
  }

  /** The first value stays. Another one is left out, and told under the name that the file has for it. */
  set(field: Single, value: string, name: string): void {
    const text = value.trim();
    if (text === '') return;
    const held = this.#singles.get(field);
    if (held === undefined) this.#singles.set(field, text);
    else if (held === text) return;
    else if (field === 'contact_id') this.tell('INVALID_ID', field, 'two different ids');
    else this.leftOut.add(name);
  }

  /** One more of a list, behind the others. */
  add(list: 'emails' | 'phones', value: string): void {
    const text = value.trim();
    if (text !== '') this.#lists[list].push(text);
  }

  /**
   * What could not be written as it is, from elsewhere in the file: by field, what was written in its place and what it
   * is. Where something else stands in its place by now, somebody has edited it, and that counts.
   */
  substitute(pairs: unknown): void {
    this.#substitutes = pairs;
  }

  tell(code: AddressBookCode, field: string, message: string): void {
    if (this.#problems.some((told) => told.field === field && told.message === message)) return;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ code, field, message });
  }

  /** What is told as content, by field, before it is judged. */
  fields(): Readonly<Record<string, unknown>> {
    const singles = this.#singles;
    return {
      canonical_name: this.#name(),
      given_name: singles.get('given_name'),
      family_name: singles.get('family_name'),
      emails: someOf(this.#lists.emails),
      phones: someOf(this.#lists.phones),
      organization: singles.get('organization'),
      job_title: singles.get('job_title'),
      linkedin_url: singles.get('linkedin_url'),
      category_code: singles.get('category_code'),
      subcategory_code: singles.get('subcategory_code'),
      llm_context: this.#llmContext(),
    };
  }

  /** The contact, or all that is wrong with it. */
  finish(): Found | Refused {
    // Of what could not be read nobody knows what it lacks.
    const [unread, ...more] = this.#problems.filter(({ code }) => UNREADABLE.has(code));
    if (unread) return { kind: 'refused', line: this.line, problems: [unread, ...more] };
    const contact_id = this.#contactId();
    const parsed = parseContent(this.#exactFields());
    const told = new Set(this.#problems.map(({ field }) => field));
    const content = parsed.ok ? [] : parsed.problems.filter(({ field }) => !told.has(field));
    const [first, ...rest] = [...this.#problems, ...content].slice(0, MAX_PROBLEMS);
    if (first) return { kind: 'refused', line: this.line, problems: [first, ...rest] };
    if (!parsed.ok) throw new Error('a content that is refused has a problem');
    this.#leaveOut(parsed.content.canonical_name);
    const uid = this.#singles.get('uid') ?? null;
    return { kind: 'contact', line: this.line, contact_id, uid, content: parsed.content };
  }

  #exactFields(): Readonly<Record<string, unknown>> {
    const fields = this.fields();
    const pairs = this.#substitutes;
    if (typeof pairs !== 'object' || pairs === null) return fields;
    const exact = SUBSTITUTED.flatMap((field) => {
      const pair: unknown = Object.hasOwn(pairs, field) ? Reflect.get(pairs, field) : null;
      return Array.isArray(pair) && isDeepStrictEqual(pair[0] ?? undefined, fields[field]) ? [[field, pair[1]]] : [];
    });
    return { ...fields, ...Object.fromEntries(exact) };
  }

  #contactId(): ContactId | null {
    const text = this.#singles.get('contact_id');
    if (text === undefined) return null;
    if (isContactId(text)) return text;
    this.tell('INVALID_ID', 'contact_id', 'is not the decimal form of an INT64; spreadsheets round long numbers');
    return null;
  }

  /** Address books show a company without a person under the name of the company, and so it is called here. */
  #name(): string | undefined {
    const parts = (['name_prefix', 'given_name', 'middle_name', 'family_name', 'name_suffix'] as const).flatMap(
      (part) => this.#singles.get(part) ?? [],
    );
    return this.#singles.get('canonical_name') ?? (parts.join(' ') || this.#singles.get('organization'));
  }

  /**
   * What has no field of its own. What stands around a name is in the whole name, as a rule. An exported llm_context is
   * whole: days beside it are somebody's later edit.
   */
  #leaveOut(name: string): void {
    const parts = NAME_PARTS.filter((part) => !name.includes(this.#singles.get(part)?.normalize('NFC') ?? ''));
    const days = this.#singles.has('llm_context') ? DAYS.filter((day) => this.#singles.has(day)) : [];
    for (const field of [...parts, ...days]) this.leftOut.add(field);
  }

  #llmContext(): unknown {
    const written = this.#singles.get('llm_context');
    if (written !== undefined) {
      const value = parsedJson(written);
      if (value === undefined) this.tell('INVALID_JSON', 'llm_context', 'is not JSON');
      return value;
    }
    const dates = DAYS.flatMap((event) => {
      const date = this.#singles.get(event);
      return date === undefined ? [] : [{ date, event }];
    });
    return dates.length === 0 ? undefined : { important_dates: dates };
  }
}
