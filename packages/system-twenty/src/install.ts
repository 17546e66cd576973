import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '@contact-sync/contact';
import { type InstallStep, OutageError, type SystemRecord, ThrottledError } from '@contact-sync/sync';
import { z } from 'zod';
import { type NeededField, neededFields, openPersonFields } from './fields.ts';
import type { Http } from './http.ts';
import type { CompleteMapping } from './mapping.ts';
import { BATCH_SIZE, PAGE_SIZE, type Page, type People } from './people.ts';
import type { Person } from './person.ts';
import { namesIn, noteFor, noteOf, readNote, withoutMissing } from './written.ts';

const EVENTS = 'person.*';

const webhooksSchema = z.array(
  z.object({ targetUrl: z.string(), operations: z.array(z.string()), secret: z.string().nullish() }),
);

export interface InstallOptions {
  readonly mapping: CompleteMapping;
  readonly webhookSecret: string;
  /** Where Twenty can reach the hub; no webhook is set up without. */
  readonly publicUrl: string | undefined;
  readonly dryRun: boolean;
}

/**
 * Creates the missing fields and the webhook. Fields that are no longer mapped are left alone.
 *
 * @throws {OutageError} with all that is there, but otherwise than needed
 */
export async function install(
  http: Http,
  people: People,
  read: (person: Person) => SystemRecord,
  { mapping, webhookSecret, publicUrl, dryRun }: InstallOptions,
): Promise<readonly InstallStep[]> {
  const steps: InstallStep[] = [];
  const fields = await openPersonFields(http, neededFields(mapping));
  const missing = await fields.missing();

  const create = async (some: readonly NeededField[]) => {
    for (const field of some) {
      steps.push({ what: `create the field ${field.name} (${field.type}) of person` });
      if (!dryRun) await fields.create(field);
    }
  };
  await create(missing.filter(({ sync }) => sync));
  const content = missing.filter(({ sync }) => !sync);
  // Where people have no contact id yet, no hub has written them.
  const isNew = missing.some(({ name }) => name === mapping.sync.contact_id);
  if (content.length > 0 && !isNew) {
    const gone = new Set(content.map(({ name }) => name));
    const count = await forget(people, read, mapping, gone, dryRun);
    if (count > 0) steps.push({ what: `note on ${count} people that fields they were written with are created anew` });
  }
  await create(content);

  if (publicUrl !== undefined) {
    const targetUrl = `${publicUrl.replace(/\/+$/, '')}/webhooks/twenty`;
    if (await needsWebhook(http, targetUrl, webhookSecret)) {
      steps.push({ what: `have ${EVENTS} told to ${targetUrl}` });
      const body = { targetUrl, operations: [EVENTS], description: 'contact-sync', secret: webhookSecret };
      if (!dryRun) await http.call('/rest/webhooks', z.unknown(), { method: 'POST', body });
    }
  }
  return steps;
}

/**
 * A field that somebody removed comes back empty for everybody. Before that, while it is missing and not read, each
 * person that was written with it is noted as written without it: else all of them would have been emptied.
 *
 * @returns how many people
 */
async function forget(
  people: People,
  read: (person: Person) => SystemRecord,
  { sync }: CompleteMapping,
  gone: ReadonlySet<string>,
  dryRun: boolean,
): Promise<number> {
  const isGone = (name: string) => gone.has(name);
  const renoted = (person: Person): readonly Note[] => {
    const { fields } = read(person);
    const written = readNote(fields[sync.mapping] ?? null);
    if (written === null || !namesIn(written).some(isGone)) return [];
    const kept = withoutMissing(written.fields, (name) => !isGone(name));
    return [{ person, values: { [sync.mapping]: noteOf(noteFor(kept, fields, written)) } }];
  };
  let count = 0;
  let after: string | null = null;
  do {
    const options = { since: null, after, limit: PAGE_SIZE };
    const page: Page = await patiently(() => people.page(options));
    const notes = page.people.flatMap(renoted);
    count += notes.length;
    if (!dryRun) await note(people, notes);
    after = page.next;
  } while (after !== null);
  return count;
}

interface Note {
  readonly person: Person;
  readonly values: Readonly<Record<string, Json>>;
}

async function note(people: People, notes: readonly Note[]): Promise<void> {
  const live = notes.filter(({ person }) => person.deletedAt === null);
  const born = new Map(live.map(({ person }) => [person.id, person.createdAt]));
  for (let from = 0; from < live.length; from += BATCH_SIZE) {
    const rows = live.slice(from, from + BATCH_SIZE).map(({ person, values }) => ({ id: person.id, ...values }));
    // Who was deleted for good since we looked has been inserted again, empty.
    for (const row of await patiently(() => people.upsert(rows)))
      if (born.get(row.id) !== row.createdAt) await patiently(() => people.softDelete(row.id));
  }
  // One by one: a batch would revive them.
  for (const { person, values } of notes)
    if (person.deletedAt !== null) await patiently(() => people.patch(person.id, values));
}

/** Installing is done by a person, who would rather wait than start again. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      await sleep(error.retryAfterMs);
    }
  }
}

async function needsWebhook(http: Http, targetUrl: string, secret: string): Promise<boolean> {
  const hooks = await http.call('/rest/webhooks', webhooksSchema);
  const ours = hooks.filter((hook) => hook.targetUrl === targetUrl);
  if (ours.length === 0) return true;
  const right = ours.some(
    (hook) =>
      hook.operations.some((operation) => operation === EVENTS || operation === '*.*') &&
      (hook.secret === secret || hook.secret === undefined || hook.secret === null),
  );
  if (right) return false;
  throw new OutageError('TWENTY_WEBHOOK', 'the webhook to this hub has another secret or other events', {
    advice: 'delete it in Twenty, Settings, APIs & Webhooks, and run install again',
  });
}
