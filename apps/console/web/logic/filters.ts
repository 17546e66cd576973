import { type Asking, systemSchema, workQueueSchema } from '@contact-sync/api';

/** Which dead letters, as the list takes it. */
export type LetterFilter = Asking<'deadLetterGroups'>['query'];
/** Which open dead letters to act on. */
export type OpenFilter = NonNullable<Asking<'replay'>['body']['filter']>;

const known = <Value extends string>(value: string, allowed: readonly Value[]) => allowed.find((one) => one === value);

/** A day and time of the reader's, as an instant; `undefined` where it is none. */
export function instantOf(local: string): string | undefined {
  const then = local === '' ? Number.NaN : Date.parse(local);
  return Number.isNaN(then) ? undefined : new Date(then).toISOString();
}

/** The filter that stands in the address; what is none is left out. */
export function filterOf(get: (name: string) => string): LetterFilter {
  const contact = get('contact');
  return {
    status: known(get('status'), ['closed', 'all']),
    queue: known(get('queue'), workQueueSchema.options),
    system: known(get('system'), systemSchema.options),
    code: get('code') || undefined,
    contact_id: /^(0|-?[1-9]\d{0,18})$/.test(contact) ? contact : undefined,
    since: instantOf(get('since')),
    before: instantOf(get('before')),
  };
}

/** The same without the state: only open ones are acted on. */
export function openFilterOf({ status: _, ...filter }: LetterFilter): OpenFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
