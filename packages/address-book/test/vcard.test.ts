import { expect, test } from 'vitest';
import { type Entry, MAX_RECORD_BYTES } from '../src/index.ts';
import { contentsOf, ID, leftOutOf, read, reasonsOf, write } from './books.ts';

const card = (...lines: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(['BEGIN:VCARD', ...lines, 'END:VCARD'].flatMap((line) => [Buffer.from(line), Buffer.from('\r\n')]));

const names = (entries: readonly Entry[]) => contentsOf(entries).map(({ canonical_name }) => canonical_name);

test('a card is written as vCard 4 for every program, and what only we know as properties of our own', async () => {
  const content = {
    canonical_name: 'Ada; the Countess, of course',
    given_name: 'Ada',
    family_name: 'Example',
    emails: ['ada@example.org', 'ada@example.com'],
    phones: ['+14155552671'],
    organization: 'Engines; Ltd',
    linkedin_url: 'https://www.linkedin.com/in/ada',
    category_code: 'B' as const,
    subcategory_code: 'B2',
    llm_context: { closeness_level: 7 },
  };
  expect((await write([{ contact_id: ID, content }], 'vcard')).split('\r\n')).toEqual([
    'BEGIN:VCARD',
    'VERSION:4.0',
    `UID:contact-sync-${ID}`,
    'FN:Ada; the Countess\\, of course',
    'N:Example;Ada;;;',
    'EMAIL;PREF=1:ada@example.org',
    'EMAIL:ada@example.com',
    'TEL:+14155552671',
    'ORG:Engines\\; Ltd',
    'X-SOCIALPROFILE;TYPE=linkedin;VALUE=TEXT:https://www.linkedin.com/in/ada',
    `X-CONTACT-SYNC-ID;VALUE=TEXT:${ID}`,
    'X-CONTACT-SYNC-CATEGORY;VALUE=TEXT:B',
    'X-CONTACT-SYNC-SUBCATEGORY;VALUE=TEXT:B2',
    'X-CONTACT-SYNC-LLM;VALUE=TEXT:{"closeness_level":7}',
    'END:VCARD',
    '',
  ]);
});

test('no line is longer than 75 bytes, and none begins that a program could take for a property', async () => {
  const content = { canonical_name: 'Zoë 👩🏽‍💻 '.repeat(30).trim(), job_title: 'a\rTEL:+1\u2028END:VCARD\u0085b' };
  const book = await write([{ contact_id: ID, content }], 'vcard');
  for (const line of book.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(76);
  expect(book.replaceAll('\r\n', '')).not.toMatch(/[\r\n\u0085\u2028]/);
  expect(contentsOf(await read(book, 'vcard'))).toEqual([content]);
});

test('no control character is written', async () => {
  const content = { canonical_name: 'a\u0001b\u001b', llm_context: { how_met: '\u0002\u007f' } };
  const book = await write([{ contact_id: ID, content }], 'vcard');
  expect(book.replaceAll('\r\n', '')).not.toMatch(/\p{Cc}/u);
  expect(contentsOf(await read(book, 'vcard'))).toEqual([content]);
});

test('days beside an exported llm_context are told as left out', async () => {
  const entries = await read(card('FN:Ada', 'BDAY:19901224', 'X-CONTACT-SYNC-LLM:{"closeness_level":7}'), 'vcard');
  expect(contentsOf(entries)).toEqual([{ canonical_name: 'Ada', llm_context: { closeness_level: 7 } }]);
  expect(leftOutOf(entries)).toEqual(['birthday 1']);
});

test('what stands around a name is told as left out where the whole name does not have it', async () => {
  const entries = await read(
    card('FN:Ada King Example', 'N:Example;Ada;King;Dr.;') + card('N:E;Ada;K;;').toString(),
    'vcard',
  );
  expect(contentsOf(entries).map((content) => content.canonical_name)).toEqual(['Ada King Example', 'Ada K E']);
  expect(leftOutOf(entries)).toEqual(['name_prefix 1']);
});

test('millions of empty properties are too large a card', async () => {
  const entries = await read(card('FN:Ada', ...Array.from({ length: 35_000 }, () => 'TEL:')), 'vcard');
  expect(reasonsOf(entries)).toEqual(['1 TOO_LARGE']);
});

test('what another program edits counts, also where a text could not be written as it is', async () => {
  const content = { canonical_name: 'Ada\u0001', job_title: 'a\rb' };
  const book = await write([{ contact_id: ID, content }], 'vcard');
  const edited = book.replace('TITLE:a\\nb', 'TITLE:Countess');
  expect(contentsOf(await read(edited, 'vcard'))).toEqual([{ canonical_name: 'Ada\u0001', job_title: 'Countess' }]);
  const broken = book.replace('EXACT;VALUE=TEXT:{', 'EXACT;VALUE=TEXT:');
  expect(reasonsOf(await read(broken, 'vcard'))).toEqual(['1 INVALID_JSON X-CONTACT-SYNC-EXACT']);
});

test('a broken card is refused where it begins, and the others are read', async () => {
  const book = Buffer.concat([
    Buffer.from('stray\r\nlines\r\n'),
    card('FN:one'),
    Buffer.from('BEGIN:VCARD\r\nFN:without end\r\n'),
    card('FN:two', 'no property'),
    card('FN:three', 'EMAIL;TYPE="open:x'),
    card('VERSION:9.0', 'FN:four'),
    card('FN:five', 'X-CONTACT-SYNC-ID:007', 'X-CONTACT-SYNC-LLM:{"a":'),
    card('FN:six', 'X-CONTACT-SYNC-ID:1', 'X-CONTACT-SYNC-ID:2'),
    card('EMAIL:nobody@example.org'),
    card(Buffer.from('FN:J\xf6rg', 'latin1')),
    card(`FN:${'x'.repeat(MAX_RECORD_BYTES)}`),
    card('FN:last'),
    Buffer.from('BEGIN:VCARD\r\nFN:cut'),
  ]);
  for (const size of [1_000, 1_000_000]) {
    const entries = await read(book, 'vcard', {}, size);
    expect(names(entries)).toEqual(['one', 'last']);
    expect(reasonsOf(entries)).toEqual([
      '1 BROKEN',
      '6 BROKEN',
      '8 BROKEN',
      '12 BROKEN EMAIL',
      '16 UNSUPPORTED VERSION',
      '20 INVALID_ID contact_id',
      '20 INVALID_JSON llm_context',
      '25 INVALID_ID contact_id',
      '30 REQUIRED canonical_name',
      '33 INVALID_ENCODING FN',
      '36 TOO_LARGE',
      '42 BROKEN',
    ]);
  }
});

test('a photo of any size is passed over, folded or not, and so are bytes of no encoding in what is not wanted', async () => {
  const base64 = 'QUJD'.repeat(MAX_RECORD_BYTES / 3);
  const book = card(
    `PHOTO;ENCODING=b:${base64}`,
    'FN:Ada',
    `LOGO:${(base64.match(/.{1,75}/g) ?? []).join('\r\n ')}`,
    Buffer.from('NOTE:\xf6', 'latin1'),
    'TITLE:Countess',
  );
  const entries = await read(book, 'vcard', {}, 65_536);
  expect(contentsOf(entries)).toEqual([{ canonical_name: 'Ada', job_title: 'Countess' }]);
  expect(leftOutOf(entries)).toEqual(['PHOTO 1', 'LOGO 1', 'NOTE 1']);
});

test('a fold may part the bytes of a letter, a colon may be in quotes, names may be in any case and group', async () => {
  const folded = Buffer.concat([Buffer.from([0xc3]), Buffer.from('\r\n '), Buffer.from([0xab])]);
  const book = card(Buffer.concat([Buffer.from('a.b.fn;X="a:b;c":Zo'), folded]), 'a.Fn;x="a:b;c":Ada');
  expect(reasonsOf(await read(book, 'vcard'))[0]).toBe('1 BROKEN');
  const good = card(Buffer.concat([Buffer.from('item.fn;X="a:b;c":Zo'), folded]), 'begin : x', 'TEL:tel:+1-415;a=b');
  expect(contentsOf(await read(good, 'vcard'))).toEqual([{ canonical_name: 'Zoë', phones: ['tel:+1-415;a=b'] }]);
});
