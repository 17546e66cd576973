import { contactId } from '@contact-sync/contact';
import { expect, test } from 'vitest';
import { MAX_RECORD_BYTES } from '../src/index.ts';
import { contentsOf, ID, leftOutOf, read, reasonsOf, refusalsOf, write } from './books.ts';

test('rows are written as spreadsheets open them: a mark, CRLF, a list item in a line', async () => {
  const content = {
    canonical_name: 'Ada, Countess',
    emails: ['ada@example.org', 'a;b@example.org'],
    phones: ['+14155552671'],
    category_code: 'B' as const,
    llm_context: { closeness_level: 7 },
  };
  expect(await write([{ contact_id: contactId('42'), content }], 'csv')).toBe(
    '\ufeffcontact_id,canonical_name,given_name,family_name,emails,phones,organization,job_title,linkedin_url,' +
      'category_code,subcategory_code,llm_context\r\n' +
      `42,"Ada, Countess",,,"ada@example.org\na\\;b@example.org",'+14155552671,,,,B,,"{""closeness_level"":7}"\r\n`,
  );
});

test('no cell is a formula or a number that a spreadsheet would round, and all are read as they were', async () => {
  const risky = ['=1+1', '+cmd', '-1', '-x', '@SUM', '\uff1dx', '0612345678', '1/2', '1e5', "'=1", "''-"];
  const harmless = ["'t Hooft", 'Ada', "'", 'a=1', '12 Monkeys', '1e5x'];
  for (const text of [...risky, ...harmless]) {
    const book = await write([{ contact_id: ID, content: { canonical_name: text, job_title: text } }], 'csv');
    const [, row = ''] = book.split('\r\n');
    expect(row.startsWith(`'${ID},${risky.includes(text) ? "'" : ''}${text},`), text).toBe(true);
    expect(contentsOf(await read(book, 'csv'))).toEqual([{ canonical_name: text, job_title: text }]);
  }
});

test('columns are known by their names in any case and order, with semicolons, tabs, BOM and every end of line', async () => {
  const expected = [{ canonical_name: 'Ada; E', emails: ['ada@example.org'] }];
  for (const delimiter of [',', ';', '\t'])
    for (const end of ['\n', '\r\n', '\r']) {
      const rows = [`E-MAIL${delimiter} name `, '', `ada@example.org${delimiter}"Ada; E"`, delimiter, ''];
      expect(contentsOf(await read(`\ufeff${rows.join(end)}`, 'csv'))).toEqual(expected);
    }
  const utf16 = Buffer.from('\ufeffName,Email\nAda; E,ada@example.org\n', 'utf16le');
  expect(contentsOf(await read(utf16, 'csv', {}, 3))).toEqual(expected);
  expect(contentsOf(await read(utf16.swap16(), 'csv', {}, 1))).toEqual(expected);
});

test('lists may be written by hand, with semicolons or lines', async () => {
  const entries = await read('canonical_name,emails\nAda,"a@x.example; b@x.example\r\nc@x.example"\n', 'csv');
  expect(contentsOf(entries)[0]?.emails).toEqual(['a@x.example', 'b@x.example', 'c@x.example']);
});

test('several addresses in a cell are several, however they are parted; anything else is one', async () => {
  const cells = [
    'a@x.example; b@x.example',
    'a@x.example,b@x.example',
    'a@x.example ::: b@x.example',
    '"a, b"@x.example',
  ];
  const book = ['name,email', ...cells.map((cell) => `Ada,"${cell.replaceAll('"', '""')}"`), ''].join('\n');
  const two = ['a@x.example', 'b@x.example'];
  const emails = contentsOf(await read(book, 'csv')).map((content) => content.emails);
  expect(emails).toEqual([two, two, two, ['"a, b"@x.example']]);
});

test('a broken row is refused with the line where it begins, and the others are read', async () => {
  const rows = [
    'contact_id,canonical_name,emails,category_code,llm_context',
    '1,"two\nlines",,,',
    '2,"Ada "the Countess"",,,',
    '3,5\'10" tall,,,',
    '4,Ada,,,,,surplus',
    '5,Ada,,,,,',
    '3.82956E+17,Ada,,Z,{',
    `7,${'x'.repeat(MAX_RECORD_BYTES)}`,
    '8,short',
    '9,,,,',
  ];
  const entries = await read(rows.join('\n'), 'csv', {}, 100_000);
  expect(contentsOf(entries)).toEqual([
    { canonical_name: 'two\nlines' },
    { canonical_name: '5\'10" tall' },
    { canonical_name: 'Ada' },
    { canonical_name: 'short' },
  ]);
  expect(reasonsOf(entries)).toEqual([
    '4 BROKEN',
    '6 BROKEN',
    '8 INVALID_ID contact_id',
    '8 INVALID_JSON llm_context',
    '8 INVALID_CATEGORY category_code',
    '9 TOO_LARGE',
    '11 REQUIRED canonical_name',
  ]);
});

test('behind a quote that is never closed nothing is read, however large: no text becomes a row', async () => {
  const note = `name,notes\nAda,ok\nBob,"${'x'.repeat(MAX_RECORD_BYTES + 100_000)}\nEve,x\n"\nMallory,ok\n`;
  const large = await read(note, 'csv', {}, 65_536);
  expect(contentsOf(large)).toEqual([{ canonical_name: 'Ada' }, { canonical_name: 'Mallory' }]);
  expect(reasonsOf(large)).toEqual(['3 TOO_LARGE']);
  const open = await read('name,notes\nAda,ok\nBob,"open\nEve,x\nMallory,x\n', 'csv');
  expect(contentsOf(open)).toEqual([{ canonical_name: 'Ada' }]);
  expect(refusalsOf(open)).toMatchObject([{ line: 3, problems: [{ code: 'UNREAD' }] }]);
});

test('a row that the file ends in is refused, unless it is whole', async () => {
  const cut = await read('given name,family name,title\nAda,Exam', 'csv');
  expect(reasonsOf(cut)).toEqual(['2 BROKEN']);
  expect(contentsOf(await read('given name,family name,title\nAda,Exam\nAda,E,', 'csv'))).toHaveLength(2);
});

test('half of a letter in UTF-16 is no text', async () => {
  const book = Buffer.from('\ufeffname\nAda \ud800\nAda\n', 'utf16le');
  expect(reasonsOf(await read(book, 'csv'))).toEqual(['2 INVALID_ENCODING']);
  expect(reasonsOf(await read(book.subarray(0, -1), 'csv'))).toEqual(['2 INVALID_ENCODING', '3 INVALID_ENCODING']);
});

test('a file without a column that is known is refused once, and its header, which may be a person, is not told', async () => {
  const entries = await read('Mallory,mallory@example.org\nEve,eve@example.org\n', 'csv');
  expect(reasonsOf(entries)).toEqual(['1 UNREAD']);
  expect(JSON.stringify(entries)).not.toMatch(/mallory/i);
});

test('what no contact has is told once with its column, and columns that say the same twice', async () => {
  const entries = await read('name,Shoe size,company,organization,company\nA,42,X,Y,X\nB,43,,,Z\nC,,,,\n', 'csv');
  expect(leftOutOf(entries)).toEqual(['Shoe size 2', 'organization 1']);
  const many = Array.from({ length: 500 }, (_, index) => `c${index}`);
  expect(leftOutOf(await read(`name,${many}\nA,${many}\n`, 'csv')).at(-1)).toBe('* 400');
});

test('an empty file has no contacts and nothing to refuse', async () => {
  for (const book of ['', '\ufeff', '\r\n\r\n']) {
    const summary = { kind: 'summary', contacts: 0, refused: 0, left_out: [] };
    expect(await read(book, 'csv')).toEqual([summary]);
    expect(await read(book, 'vcard')).toEqual([summary]);
  }
});
