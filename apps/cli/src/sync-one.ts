import { isContactId } from '@contact-sync/contact';
import { SYSTEMS, syncContact } from '@contact-sync/sync';
import { withHub } from './configuration.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { colour, table } from './table.ts';

/** Brings one contact everywhere and tells what became of it. Exits with 1 when a system failed or refused. */
export async function syncOne(around: Surroundings, id: string, options: { readonly json?: true }): Promise<ExitCode> {
  if (!isContactId(id)) throw new UsageError('a contact_id is a whole number of at most 64 bits');
  return await withHub(around, async ({ parts }) => {
    const result = await syncContact(parts, id);
    const rows = SYSTEMS.map((system) => {
      const read = result.read[system];
      const sent = system === 'bigquery' ? undefined : result.sent[system];
      return { system, read: typeof read === 'string' ? read : (read?.join(', ') ?? null), sent: sent ?? null };
    });
    const failed = rows.some(({ read, sent }) => [read, sent].some(isFailure));
    if (options.json) around.out(JSON.stringify(result));
    else {
      const cell = (text: string | null) => (isFailure(text) ? colour('red', text ?? '') : text);
      around.out(`contact ${result.contact_id} is at version ${result.version}`);
      around.out(
        table(
          ['system', 'read', 'sent'],
          rows.map(({ system, read, sent }) => [system, cell(read), cell(sent)]),
        ),
      );
    }
    return failed ? 1 : 0;
  });
}

/** Outcomes are words in small letters, codes of failures in capitals. */
const isFailure = (text: string | null): boolean =>
  text !== null && (text === 'rejected' || text.includes('refused') || /^[A-Z]/.test(text));
