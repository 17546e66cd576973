import { OutageError } from '@contact-sync/sync';
import { z } from 'zod';
import { Refused, unexpected } from './failures.ts';
import type { Http } from './http.ts';
import { type CompleteMapping, type FieldType, isStandard, MAPPED_FIELDS, typeOf } from './mapping.ts';

/** A field that people need to have. Twenty takes camelCase names only. */
export interface NeededField {
  readonly name: string;
  readonly type: FieldType;
  readonly label: string;
  readonly isUnique: boolean;
  /** Twenty has it by itself: it is never created. */
  readonly standard: boolean;
  /** Holds what the hub must know of a person, not what the person is. */
  readonly sync: boolean;
}

/** What people need for this mapping, in the order in which it is created. */
export function neededFields({ fields, sync }: CompleteMapping): readonly NeededField[] {
  const own = { isUnique: false, standard: false, sync: true } as const;
  const mapped = MAPPED_FIELDS.flatMap((field): readonly NeededField[] => {
    const name = fields[field];
    if (typeof name !== 'string') return [];
    return [{ ...own, name, type: typeOf(field), label: label(field), standard: isStandard(field, name), sync: false }];
  });
  return [
    { ...own, name: sync.contact_id, type: 'TEXT', label: 'Contact ID', isUnique: true },
    { ...own, name: sync.version, type: 'NUMBER', label: 'Sync version' },
    { ...own, name: sync.last_updated, type: 'TEXT', label: 'Sync updated at' },
    { ...own, name: sync.mapping, type: 'RAW_JSON', label: 'Sync mapping' },
    ...mapped,
  ];
}

/** `llm_context.how_met` as people read it: `How met`. */
function label(field: string): string {
  const words = field.replace(/^llm_context\./, '').replaceAll('_', ' ');
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(/^Llm/, 'LLM').replace(/ url$/, ' URL');
}

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

/** The fields of people, as Twenty's metadata has them. */
export interface PersonFields {
  /** @throws {OutageError} with all that is there, but otherwise than needed */
  missing(): Promise<readonly NeededField[]>;
  /** Leaves alone what somebody else creates at the same time. */
  create(field: NeededField): Promise<void>;
}

export async function openPersonFields(http: Http, needed: readonly NeededField[]): Promise<PersonFields> {
  const objectMetadataId = await personObject(http);

  async function missing(): Promise<readonly NeededField[]> {
    const path = `/rest/metadata/objects/${objectMetadataId}`;
    const { data } = await http.call(path, personSchema, { free: true });
    const present = new Map(data.object.fields.map((field) => [field.name, field]));
    const faults: string[] = [];
    const absent = needed.filter((field) => {
      const found = present.get(field.name);
      if (!found && !field.standard) return true;
      const fault = found ? faultOf(field, found) : 'is missing';
      if (fault !== null) faults.push(`${field.name} ${fault}`);
      return false;
    });
    if (faults.length > 0) throw schemaProblem(faults, needed);
    return absent;
  }

  return {
    missing,
    async create(field) {
      const { name, type, label: shown, isUnique } = field;
      const body = { objectMetadataId, name, type, label: shown, isUnique };
      try {
        await http.call('/rest/metadata/fields', z.unknown(), { method: 'POST', body, free: true });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        // Another install may have been quicker; anything else is still missing after that.
        const still = await missing();
        if (still.some((one) => one.name === name)) throw schemaProblem([`${name} cannot be created`], needed);
      }
    },
  };
}

function faultOf(
  field: NeededField,
  found: { type: string; isUnique?: boolean | null | undefined; isActive?: boolean | null | undefined },
): string | null {
  if (found.type !== field.type) return `is of type ${found.type}`;
  if (field.isUnique && found.isUnique !== true) return 'is not unique';
  return found.isActive === false ? 'is switched off' : null;
}

function schemaProblem(faults: readonly string[], needed: readonly NeededField[]): OutageError {
  const advice = needed
    .filter(({ name }) => faults.some((fault) => fault.startsWith(`${name} `)))
    .map(({ name, type, isUnique }) => `make ${name} an active ${isUnique ? 'unique ' : ''}field of type ${type}`);
  return new OutageError('TWENTY_SCHEMA', `the person object does not fit: ${faults.join('; ')}`, {
    advice: `in Twenty, Settings, Data model, People: ${advice.join('; ')}; or map others, or rename these, and run install again`,
  });
}

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
