import type { Answer, Problem } from '@contact-sync/api';

/** A system's name. */
export type System = Answer<'overview'>['systems'][number]['system'];
/** How a contact stands. */
export type State = Answer<'contact'>['state'];

/** Systems as people call them. */
export const SYSTEM_NAMES: Readonly<Record<System, string>> = {
  bigquery: 'BigQuery',
  supabase: 'Supabase',
  local: 'Local database',
  twenty: 'Twenty',
};
/** A system as people call it; `null` is the hub itself. */
export const systemName = (system: System | null): string => (system === null ? 'the hub' : SYSTEM_NAMES[system]);

/** Categories as people call them. */
export const CATEGORY_NAMES: Readonly<Record<string, string>> = {
  A: 'Family',
  B: 'Friends',
  C: 'Acquaintances',
  D: 'Dating',
  E: 'Ex-romantic',
  F: 'Service providers',
  G: 'Professional',
  H: 'Hostile',
  X: 'Excluded from prompts',
};

/** States as people call them. */
export const STATE_NAMES: Readonly<Record<State, string>> = {
  conflict: 'In conflict',
  pending: 'On its way',
  dead_letter: 'Dead letter',
  in_step: 'In step',
};

const NUMBER = new Intl.NumberFormat('en');
/** A count with separators. */
export const count = (value: number): string => NUMBER.format(value);
const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumSignificantDigits: 2 });
/** So many per cent, as `0.05%`. */
export const percentage = (percent: number): string => PERCENT.format(percent / 100);
/** A count with its noun. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

const FIELDS: Readonly<Record<string, string>> = {
  canonical_name: 'Name',
  given_name: 'Given name',
  family_name: 'Family name',
  emails: 'Email addresses',
  phones: 'Phone numbers',
  organization: 'Organization',
  job_title: 'Job title',
  linkedin_url: 'LinkedIn',
  category_code: 'Category',
  subcategory_code: 'Subcategory',
  llm_context: 'Context for models',
};
/** A field's name as a label: `llm_context.key_interests` is `Key interests`. */
export function fieldName(path: string): string {
  const known = FIELDS[path];
  if (known !== undefined) return known;
  const last = path.replace(/^llm_context\./, '').replaceAll('_', ' ');
  return last.charAt(0).toUpperCase() + last.slice(1);
}

/** What is wrong with a field, by the path that the server names: `content.emails.0` belongs to `emails`. */
export function problemsOf(problem: Problem | null, field: string): string | null {
  const of = (problem?.errors ?? []).filter((error) => {
    const path = error.field
      .replace(/^\/?(body[./])?content[./]?/, '')
      .replace(/^\//, '')
      .replaceAll('/', '.');
    return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
  });
  return of.length === 0 ? null : of.map(({ message }) => message).join('; ');
}

/** The address of a link in somebody's data, where it is one of the web; else `null`. */
export function webAddress(text: string): string | null {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname.includes('.') ? url.href : null;
}

/** Where in the console something is that an action was about; `null` where it has no page. */
export function placeOf(subject: string): string | null {
  const [, kind, id] = /^(contact|conflict|dead-letter|alert|schedule|system):(.+)$/.exec(subject) ?? [];
  if (kind === undefined || id === undefined) return null;
  if (kind === 'system') return '/health';
  if (kind === 'alert' || kind === 'schedule') return `/${kind}s`;
  return `/${kind}s/${encodeURIComponent(id)}`;
}
