import { type InstallStep, OutageError } from '@contact-sync/sync';
import { z } from 'zod';
import { Refused, unexpected } from './failures.ts';
import type { Http } from './http.ts';

/** What the sync needs beside the fields that every person has. Twenty takes camelCase names only. */
const FIELDS = [
  { name: 'contactId', type: 'TEXT', label: 'Contact ID', isUnique: true },
  { name: 'syncVersion', type: 'NUMBER', label: 'Sync version', isUnique: false },
  { name: 'syncUpdatedAt', type: 'TEXT', label: 'Sync updated at', isUnique: false },
  { name: 'canonicalName', type: 'TEXT', label: 'Canonical name', isUnique: false },
  { name: 'categoryCode', type: 'TEXT', label: 'Category code', isUnique: false },
  { name: 'subcategoryCode', type: 'TEXT', label: 'Subcategory code', isUnique: false },
  { name: 'llmContext', type: 'RAW_JSON', label: 'LLM context', isUnique: false },
] as const;

const EVENTS = 'person.*';

const objectsSchema = z.object({
  data: z.object({ objects: z.array(z.object({ id: z.string(), nameSingular: z.string() })) }),
  pageInfo: z.object({ hasNextPage: z.boolean().nullish(), endCursor: z.string().nullish() }).nullish(),
});
const personSchema = z.object({
  data: z.object({
    object: z.object({
      fields: z.array(
        z.object({
          name: z.string(),
          type: z.string(),
          isUnique: z.boolean().nullish(),
          isActive: z.boolean().nullish(),
        }),
      ),
    }),
  }),
});
const webhooksSchema = z.array(
  z.object({ targetUrl: z.string(), operations: z.array(z.string()), secret: z.string().nullish() }),
);

export interface InstallOptions {
  readonly webhookSecret: string;
  /** Where Twenty can reach the hub; no webhook is set up without. */
  readonly publicUrl: string | undefined;
  readonly dryRun: boolean;
}

/** Creates the missing fields and the webhook. @throws {OutageError} when something is there, but otherwise than needed */
export async function install(http: Http, options: InstallOptions): Promise<readonly InstallStep[]> {
  const steps: InstallStep[] = [];
  const objectMetadataId = await personObject(http);
  const path = `/rest/metadata/objects/${objectMetadataId}`;
  const missing = await missingFields(http, path);
  for (const field of missing) {
    steps.push({ what: `create the field ${field.name} (${field.type}) of person` });
    if (options.dryRun) continue;
    try {
      const body = { objectMetadataId, ...field };
      await http.call('/rest/metadata/fields', z.unknown(), { method: 'POST', body, free: true });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Another install may have been quicker; anything else is still missing after that.
      const still = await missingFields(http, path);
      if (still.some(({ name }) => name === field.name)) throw schemaProblem(`${field.name} cannot be created`, field);
    }
  }
  if (
    options.publicUrl !== undefined &&
    (await needsWebhook(http, targetOf(options.publicUrl), options.webhookSecret))
  ) {
    const targetUrl = targetOf(options.publicUrl);
    steps.push({ what: `have ${EVENTS} told to ${targetUrl}` });
    const body = { targetUrl, operations: [EVENTS], description: 'contact-sync', secret: options.webhookSecret };
    if (!options.dryRun) await http.call('/rest/webhooks', z.unknown(), { method: 'POST', body });
  }
  return steps;
}

const targetOf = (publicUrl: string): string => `${publicUrl.replace(/\/+$/, '')}/webhooks/twenty`;

async function personObject(http: Http): Promise<string> {
  let after: string | null = null;
  do {
    const query: Record<string, string> = after === null ? {} : { starting_after: after };
    const page: z.infer<typeof objectsSchema> = await http.call('/rest/metadata/objects', objectsSchema, {
      query,
      free: true,
    });
    const person = page.data.objects.find(({ nameSingular }) => nameSingular === 'person');
    if (person) return person.id;
    after = page.pageInfo?.hasNextPage ? (page.pageInfo.endCursor ?? null) : null;
  } while (after !== null);
  throw unexpected('there is no person object');
}

async function missingFields(http: Http, path: string) {
  const { data } = await http.call(path, personSchema, { free: true });
  const present = new Map(data.object.fields.map((field) => [field.name, field]));
  return FIELDS.filter((field) => {
    const found = present.get(field.name);
    if (!found) return true;
    if (found.type !== field.type) throw schemaProblem(`${field.name} is of type ${found.type}`, field);
    if (field.isUnique && found.isUnique !== true) throw schemaProblem(`${field.name} is not unique`, field);
    if (found.isActive === false) throw schemaProblem(`${field.name} is switched off`, field);
    return false;
  });
}

const schemaProblem = (what: string, field: (typeof FIELDS)[number]): OutageError =>
  new OutageError('TWENTY_SCHEMA', `the person object does not fit: ${what}`, {
    advice: `in Twenty, Settings, Data model, People: make ${field.name} an active ${field.isUnique ? 'unique ' : ''}field of type ${field.type}, or rename or delete it and run install again`,
  });

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
