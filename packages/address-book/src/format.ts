/** How an address book is written: `csv` with a line of column names, or `vcard` (2.1 to 4.0 are read, 4.0 is written). */
export type Format = 'csv' | 'vcard';

const EXTENSIONS: ReadonlyMap<string, Format> = new Map([
  ['csv', 'csv'],
  ['vcf', 'vcard'],
  ['vcard', 'vcard'],
]);

/**
 * The format of a file: `.csv`, `.vcf` or `.vcard`, in any case. What begins with `BEGIN:VCARD` is vCard whatever its
 * name.
 *
 * @param start the first bytes of the file, where they are at hand: 100 are enough
 * @returns `null` when neither tells
 */
export function formatOf(name: string, start: Uint8Array = new Uint8Array()): Format | null {
  // Without the bytes that only UTF-16 has between letters, and without byte order marks.
  const letters = Buffer.from(start.subarray(0, 100))
    .toString('latin1')
    .replaceAll(/[\0\xfe\xff\xef\xbb\xbf]/g, '');
  if (/^\s*BEGIN:VCARD\s/i.test(letters)) return 'vcard';
  const [, extension = ''] = /\.([^./\\]+)$/.exec(name) ?? [];
  return EXTENSIONS.get(extension.toLowerCase()) ?? null;
}
