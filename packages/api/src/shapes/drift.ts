import type { DriftKind, Explained } from '@contact-sync/sync';
import { z } from 'zod';
import { idSchema, instantSchema, namesOf, systemSchema } from './common.ts';

const count = z.number().int();

/** What nothing explains. */
export const driftKindSchema = z
  .enum(namesOf<DriftKind>({ stale: true, edited_outside: true, lost_notification: true, extra: true, missing: true }))
  .meta({ id: 'DriftKind' });
const explainedSchema = z.enum(
  namesOf<Explained>({ pending: true, in_conflict: true, dead_lettered: true, discarded: true }),
);

/** What a look at one system found. */
export const driftReportSchema = z
  .object({
    system: systemSchema,
    scanned: count.meta({ description: 'Records that were looked at.' }),
    read: count.meta({
      description: 'Of these, how many had to be read; the others stand as they were found in step.',
    }),
    linked: count.meta({ description: 'Records that the ledger believes to be there.' }),
    in_step: count,
    explained: z.record(explainedSchema, count).meta({ description: 'Not in step, and known to be so.' }),
    drift: z.record(driftKindSchema, count).meta({ description: 'Not in step, and nobody knew.' }),
    percent: z.number().meta({ description: 'How many per cent of the records drifted.' }),
    items: z
      .array(
        z.object({
          contact_id: idSchema.nullable().meta({ description: 'null: it is no contact yet.' }),
          record_id: z.string().nullable().meta({ description: 'null: missing, and the ledger knows of no record.' }),
          kind: driftKindSchema,
          fields: z.array(z.string()).meta({ description: 'Where it differs: names alone.' }),
        }),
      )
      .meta({ description: 'Some of them, one by one.' }),
    started_at: z.string(),
    took_ms: z.number(),
    repair: z
      .object({ handed: count, not_repaired: count, codes: z.array(z.string()) })
      .nullable()
      .meta({ description: 'null: it was not asked for.' }),
  })
  .meta({ id: 'DriftReport' });

/** A look that this server has under way. */
export const driftLookSchema = z
  .object({ since: instantSchema, by: z.string(), repair: z.boolean(), full: z.boolean() })
  .meta({ id: 'DriftLook' });

/** The last look at each system, whoever had it, and what is under way here. */
export const driftLooks = z.object({
  systems: z.array(
    z
      .object({
        system: systemSchema,
        report: driftReportSchema.nullable().meta({ description: 'null: nobody has looked yet.' }),
        running: driftLookSchema.nullable().meta({ description: 'null: this server has no look under way.' }),
        failed: z
          .object({ code: z.string(), at: instantSchema })
          .nullable()
          .meta({ description: 'How the last look of this server failed; null: it did not.' }),
      })
      .meta({ id: 'DriftOfSystem' }),
  ),
});

/** How to look. */
export const lookSchema = z.object({
  repair: z.boolean().default(false).meta({ description: 'Hand what is found to those who repair it.' }),
  full: z.boolean().default(false).meta({ description: 'Read every record, whatever the last looks found.' }),
});

/** What came of a look, or that it goes on: GET /api/drift tells of it later. */
export const lookResult = z.discriminatedUnion('state', [
  z.object({ state: z.literal('done'), report: driftReportSchema }),
  z.object({ state: z.literal('running'), look: driftLookSchema }),
]);
