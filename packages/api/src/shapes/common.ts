import type { Category } from '@contact-sync/contact';
import type { QueueName, System, Target, WorkQueue } from '@contact-sync/sync';
import { z } from 'zod';

/**
 * Every name of a union, for `z.enum`. Written out, and held to the type: the browser takes these up as well, and of the
 * packages of the hub only types are imported.
 */
export const namesOf = <Name extends string>(names: { readonly [Key in Name]: true }): [Name, ...Name[]] =>
  // A record that has every name, in the order in which it is written.
  Object.keys(names) as [Name, ...Name[]];

/**
 * Text of so many UTF-16 code units. Refined: zod's own `max` looks for a size before the type, and a body may hold an object
 * with a monstrous `length`.
 */
export const textOf = (min: number, max: number) =>
  z
    .string()
    .refine((text) => text.length >= min && text.length <= max, `must have ${min} to ${max} characters`)
    .meta({ minLength: min, maxLength: max });
/** A list of so many; refined as {@link textOf}. */
export const listOf = <Item extends z.ZodType>(item: Item, min: number, max: number) =>
  z
    .array(item)
    .refine((list) => list.length >= min && list.length <= max, `must have ${min} to ${max} items`)
    .meta({ minItems: min, maxItems: max });

/** Every system. */
export const systemSchema = z
  .enum(namesOf<System>({ bigquery: true, supabase: true, local: true, twenty: true }))
  .meta({ id: 'System' });
/** Every system that is delivered to. */
export const targetSchema = z
  .enum(namesOf<Target>({ supabase: true, local: true, twenty: true }))
  .meta({ id: 'Target' });
/** Every queue whose jobs are worked off. */
export const workQueueSchema = z
  .enum(
    namesOf<WorkQueue>({ ingest: true, 'propagate-supabase': true, 'propagate-local': true, 'propagate-twenty': true }),
  )
  .meta({ id: 'WorkQueue' });
/** Every queue that people see. */
export const queueSchema = z
  .enum(
    namesOf<QueueName>({
      ingest: true,
      'propagate-supabase': true,
      'propagate-local': true,
      'propagate-twenty': true,
      'ingest-dead': true,
      'propagate-supabase-dead': true,
      'propagate-local-dead': true,
      'propagate-twenty-dead': true,
      conflicts: true,
    }),
  )
  .meta({ id: 'Queue' });
/** Every category. */
export const categorySchema = z
  .enum(namesOf<Category>({ A: true, B: true, C: true, D: true, E: true, F: true, G: true, H: true, X: true }))
  .meta({ id: 'Category', description: 'A family … G professional, H hostile, X exclude.' });

/** How far a contact has come. */
export const stateSchema = z.enum(['conflict', 'pending', 'dead_letter', 'in_step']).meta({
  id: 'ContactState',
  description: 'conflict: a person decides; pending: on its way; dead_letter: failed for good; in_step: nothing to do.',
});

/** An INT64 as decimal text. */
export const idSchema = z
  .string()
  .regex(/^(0|-?[1-9]\d{0,18})$/, 'not the decimal form of an INT64')
  // 19 digits reach a little further. The check before does not keep others from here.
  .refine((id) => !/^-?\d{1,19}$/.test(id) || BigInt.asIntN(64, BigInt(id)) === BigInt(id), 'beyond an INT64')
  .meta({
    id: 'ContactId',
    example: '382956481151511909',
    description: 'An INT64 as decimal text: a number rounds beyond 2^53.',
  });
/** The key of a dead letter or of an action. */
export const keySchema = z.string().regex(/^[1-9]\d{0,17}$/, 'not a positive whole number');
/** `<contact_id>-<version>`. */
export const conflictIdSchema = z
  .string()
  .regex(/^-?\d{1,19}-\d{1,19}$/, 'not <contact_id>-<version>')
  .meta({ example: '382956481151511909-7' });
/** SHA-256, hexadecimal. */
export const hashSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal digits')
  .meta({ id: 'ContentHash' });
/** ISO 8601 with an offset. */
export const instantSchema = z.iso
  .datetime({ offset: true })
  // Of what ISO 8601 allows, Postgres reads neither a year 0, nor any number of digits, nor an offset of 16 hours.
  .refine((text) => text.length <= 64 && !/^0000|[+-](?:1[6-9]|2\d):\d\d$/.test(text), 'is beyond what can be told')
  .meta({ id: 'Instant', description: 'ISO 8601.' });
/** A version's number. */
export const versionSchema = z.number().int().nonnegative();

/** All of a contact but its id and its sync metadata. `contact.schema.json` of the contact package tells every field. */
export const contentSchema = z
  .looseObject({ canonical_name: z.string() })
  .meta({ id: 'Content', description: 'All of a contact but its id and sync metadata, in normal form.' });

/** JSON of any kind; `null` where a side has nothing. */
export const jsonSchema = z.unknown().meta({ description: 'Any JSON; null where there is nothing.' });

/** What every list takes. */
export const pageQuery = {
  after: textOf(0, 4_000).optional().meta({ description: 'The `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

/** A page of something. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'Hand it back as `after`; null at the end.' }),
  });

/** An error: RFC 9457. */
export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string().meta({ description: 'Stable: decide by it.' }),
    detail: z.string(),
    advice: z.string().optional().meta({ description: 'What to do.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What of the request is wrong.' }),
  })
  .meta({ id: 'Problem' });
/** An error: RFC 9457. */
export type Problem = z.infer<typeof problemSchema>;
