import { z } from 'zod';
import { textOf } from './common.ts';

/** Who is there. */
export const sessionSchema = z
  .object({
    mode: z
      .enum(['open', 'token'])
      .meta({ description: 'open: no API_TOKEN is set, and only this machine is let in.' }),
    operator: z.string().nullable().meta({ description: 'Who is logged in; null: nobody.' }),
    csrf: z.string().nullable().meta({ description: 'Sent as X-CSRF-Token with every change.' }),
  })
  .meta({ id: 'Session' });
/** Token and name. */
export const loginSchema = z.object({
  token: textOf(0, 1_000).default(''),
  operator: textOf(1, 200).regex(/\S/, 'must say something').meta({ description: 'Your name, for the record.' }),
});
