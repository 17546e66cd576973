/** What goes between the parent and the processes of the hub. */
import { contactIdSchema } from '@contact-sync/contact';
import { z } from 'zod';
import { POINTS } from './points.ts';

export const armsSchema = z.array(
  z.object({ point: z.enum(POINTS), nth: z.number().int().min(1), deed: z.enum(['kill', 'stop']) }),
);

export const reportSchema = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ at: z.enum(POINTS), deed: z.enum(['kill', 'stop']) }),
  z.object({ done: z.enum(['resolve', 'replay', 'sync', 'retell']) }),
]);
export type Report = z.infer<typeof reportSchema>;

export const retellSchema = z.object({
  records: z.record(z.string(), z.array(z.string())),
  contacts: z.array(contactIdSchema),
});
