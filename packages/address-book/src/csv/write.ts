import type { ContactId, Content } from '@contact-sync/contact';
import { stringify } from 'csv-stringify/sync';
import { jsonText } from '../json-text.ts';
import { guarded, guardedId, joined } from './cells.ts';
import { OWN_COLUMNS } from './columns.ts';

/** The line of column names. The mark before it tells spreadsheets that it is UTF-8. */
export const CSV_HEADER = `\ufeff${line(OWN_COLUMNS)}`;

/** A contact as a row with its end of line. */
export function csvRow(contact_id: ContactId, content: Content): string {
  const cells = OWN_COLUMNS.map((column) => {
    switch (column) {
      case 'contact_id':
        return guardedId(contact_id);
      case 'emails':
      case 'phones':
        return guarded(joined(content[column] ?? []));
      case 'llm_context':
        return content.llm_context ? jsonText(content.llm_context) : '';
      default:
        return guarded(content[column] ?? '');
    }
  });
  return line(cells);
}

function line(cells: readonly string[]): string {
  return stringify([[...cells]], { record_delimiter: 'windows', quote_record_delimiter: true });
}
