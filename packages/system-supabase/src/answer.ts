import { OutageError, SyncError } from '@contact-sync/sync';

/**
 * Reads the answer of a function.
 *
 * @throws {OutageError} for what is not the function's own: a proxy's page, or functions of another version
 */
export function parsed<T>(parse: (json: unknown) => T, json: unknown): T {
  try {
    return parse(json);
  } catch (cause) {
    if (cause instanceof SyncError) throw cause;
    throw new OutageError('SUPABASE_UNEXPECTED', 'an answer that no version of contact-sync gives', {
      advice: 'check the URL of the Supabase project, and run contact-sync init',
      cause,
    });
  }
}
