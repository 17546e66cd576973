import { contactIdSchema } from '@contact-sync/contact';
import { type ApplyOutcome, PermanentError } from '@contact-sync/sync';
import { z } from 'zod';
import { errorOfSqlState, type Failing, failingOf } from './sqlstate.ts';

const written = z.object({
  contact_id: contactIdSchema,
  outcome: z.enum(['applied', 'unchanged', 'ahead']),
  record_id: z.string(),
});

const failed = z.object({
  contact_id: contactIdSchema,
  outcome: z.literal('failed'),
  sqlstate: z.string(),
  constraint: z.string(),
  column: z.string(),
});

/** The other kinds are the row's own fault here: the call itself was let in and ran. */
const PASSES: ReadonlySet<Failing> = new Set(['transient', 'throttled', 'outage']);

const outcomesSchema = z.array(z.discriminatedUnion('outcome', [written, failed]));

/**
 * The answer of `contact_sync_apply(rows)`. Where a row failed for a reason that passes (a user has it locked), the
 * whole batch counts as failed: the others were written, and a second time they are 'unchanged'. A row that fails for
 * good is `rejected` with a PermanentError `ROW_REFUSED`.
 *
 * @param system as named in messages: `the local database`
 * @param prefix of the code of an error that is thrown
 * @throws {SyncError} other than PermanentError, when a row should be tried again
 * @throws {z.ZodError} when this is no answer of that function
 */
export function parseOutcomes(json: unknown, system: string, prefix = 'SQL'): readonly ApplyOutcome[] {
  return outcomesSchema.parse(json).map((row) => {
    if (row.outcome !== 'failed') return row;
    if (PASSES.has(failingOf(row.sqlstate))) throw errorOfSqlState(row.sqlstate, system, { prefix });
    const by = row.constraint === '' ? row.sqlstate : `${row.sqlstate}, ${row.constraint}`;
    const error = new PermanentError('ROW_REFUSED', `${system} refuses the contact (${by})`, {
      ...(row.column === '' ? {} : { field: row.column }),
      advice: 'change the contact, or the constraint or trigger that refuses it',
    });
    return { contact_id: row.contact_id, outcome: 'rejected', error };
  });
}
