import { expect, test } from 'vitest';
import { formatOf } from '../src/index.ts';
import { sample } from './books.ts';

test('the format is known by the end of the name, and vCard by what it begins with', () => {
  expect(
    ['a.csv', 'A.CSV', 'a.vcf', 'b.a.vCard', 'csv', 'a.csv.gz', 'dir.csv/a', 'a.txt', ''].map((name) => formatOf(name)),
  ).toEqual(['csv', 'csv', 'vcard', 'vcard', null, null, null, null, null]);
  expect(formatOf('contacts', sample('apple.vcf'))).toBe('vcard');
  expect(formatOf('contacts.csv', Buffer.from('\ufeff\r\nbegin:vcard\r\n', 'utf16le'))).toBe('vcard');
  expect(formatOf('contacts.txt', Buffer.from('BEGIN:VCARDS'))).toBe(null);
});
