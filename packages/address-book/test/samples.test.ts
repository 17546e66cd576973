import { expect, test } from 'vitest';
import { contentsOf, leftOutOf, read, reasonsOf, refusalsOf, sample, summaryOf } from './books.ts';

test('an old export of Google Contacts is read, several values in a cell and a company without a person too', async () => {
  const entries = await read(sample('google-old.csv'), 'csv');
  expect(contentsOf(entries)).toEqual([
    {
      canonical_name: "Zoë van 't Hooft",
      given_name: 'Zoë',
      family_name: "van 't Hooft",
      emails: ['zoe@example.org', 'zoe.work@example.com', 'zoe.old@example.com'],
      phones: ['+31612345678', '020 555 01 23'],
      organization: 'Example Works',
      job_title: 'Analyst',
      linkedin_url: 'https://www.linkedin.com/in/zoe-example',
      llm_context: { important_dates: [{ date: '1990-12-24', event: 'birthday' }] },
    },
    { canonical_name: 'Example Bakery', organization: 'Example Bakery', phones: ['+14155550199'] },
  ]);
  expect(refusalsOf(entries)).toEqual([
    {
      kind: 'refused',
      line: 4,
      problems: [{ code: 'REQUIRED', field: 'canonical_name', message: 'is required and must not be empty' }],
    },
  ]);
  expect(leftOutOf(entries)).toEqual([
    'Notes 1',
    'Group Membership 1',
    'E-mail 1 - Type 1',
    'E-mail 2 - Type 1',
    'Phone 1 - Type 2',
    'Website 1 - Type 1',
  ]);
});

test('a new export of Google Contacts is read: the name is put together, a page elsewhere than on LinkedIn is left out', async () => {
  const entries = await read(sample('google.csv'), 'csv');
  expect(contentsOf(entries)).toEqual([
    {
      canonical_name: 'Dr. Ada King Example',
      given_name: 'Ada',
      family_name: 'Example',
      emails: ['ada@example.org'],
      phones: ['+447911123456'],
      organization: 'Engines Ltd',
      job_title: 'Countess',
    },
  ]);
  expect(leftOutOf(entries)).toContain('Website 1 - Value 1');
});

test('an export of Outlook in Windows-1252 is read when its encoding is told, and refused row by row otherwise', async () => {
  const entries = await read(sample('outlook.csv'), 'csv', { encoding: 'windows-1252' });
  expect(contentsOf(entries)).toEqual([
    {
      canonical_name: 'Dr. Jörg Müller',
      given_name: 'Jörg',
      family_name: 'Müller',
      emails: ['joerg@example.de', 'jm@example.com'],
      phones: ['+49305550100', '0171 5550101'],
      organization: 'Müller & Söhne',
      job_title: 'Leiter',
    },
    {
      canonical_name: 'Élodie Martin',
      given_name: 'Élodie',
      family_name: 'Martin',
      emails: ['elodie@example.fr'],
      llm_context: { important_dates: [{ date: '12/24/1990', event: 'birthday' }] },
    },
  ]);
  expect(leftOutOf(entries)).toEqual(['Department 1', 'Business Street 1', 'E-mail Type 2', 'E-mail Display Name 1']);
  expect(reasonsOf(await read(sample('outlook.csv'), 'csv'))).toEqual(['2 INVALID_ENCODING', '3 INVALID_ENCODING']);
});

test('an export of Thunderbird in UTF-16 with semicolons is read', async () => {
  const entries = await read(sample('thunderbird.csv'), 'csv');
  expect(contentsOf(entries)).toEqual([
    {
      canonical_name: 'Ivan Primer',
      given_name: 'Ivan',
      family_name: 'Primer',
      emails: ['ivan@example.org', 'ivan@example.com'],
      phones: ['+74955550100'],
      organization: 'Primer GmbH',
      job_title: 'Engineer',
    },
  ]);
  expect(leftOutOf(entries)).toEqual(['Birth Year 1', 'Notes 1']);
});

test('the connections of LinkedIn are read with their pages', async () => {
  const entries = await read(sample('linkedin.csv'), 'csv');
  expect(contentsOf(entries)[0]).toMatchObject({
    canonical_name: 'Ada Example',
    linkedin_url: 'https://www.linkedin.com/in/ada-example',
    job_title: 'Countess',
  });
  expect(leftOutOf(entries)).toEqual(['Connected On 1']);
});

test('cards of Apple are read: groups of properties, the preferred first, no photo; a group of people is refused', async () => {
  const entries = await read(sample('apple.vcf'), 'vcard');
  expect(entries[0]).toEqual({
    kind: 'contact',
    line: 1,
    contact_id: null,
    uid: '4F0A0F0E-0000-4000-8000-000000000001',
    content: {
      canonical_name: 'Dr. Ada Example',
      given_name: 'Ada',
      family_name: 'Example',
      emails: ['ada@example.org', 'ada.home@example.org'],
      phones: ['+447911123456'],
      organization: 'Engines Ltd',
      job_title: 'Countess',
      linkedin_url: 'http://www.linkedin.com/in/ada-example',
      llm_context: { important_dates: [{ date: '--12-10', event: 'birthday' }] },
    },
  });
  expect(contentsOf(entries)[1]).toMatchObject({ canonical_name: 'Example Bakery', phones: ['020 555 01 23'] });
  expect(reasonsOf(entries)).toEqual(['30 UNSUPPORTED KIND']);
  expect(leftOutOf(entries)).toEqual([
    'X-ABLABEL 2',
    'NOTE 1',
    'PHOTO 1',
    'URL 1',
    'ORG units 1',
    'middle_name 1',
    'X-ABSHOWAS 1',
  ]);
});

test('a card of vCard 2.1 is read: quoted-printable, charsets, bare parameters, a backslash that is one', async () => {
  const entries = await read(sample('outlook.vcf'), 'vcard');
  expect(contentsOf(entries)).toEqual([
    {
      canonical_name: 'Jörg Müller',
      given_name: 'Jörg',
      family_name: 'Müller',
      emails: ['joerg@example.de'],
      phones: ['+49305550100', '0171 5550101'],
      organization: 'M & S',
      job_title: 'Leiter C:\\new',
    },
  ]);
  expect(leftOutOf(entries)).toEqual(['NOTE 1', 'PHOTO 1', 'ORG units 1']);
});

test('a card of vCard 4 is read: preferences, phones as URIs, days without a year', async () => {
  const entries = await read(sample('thunderbird.vcf'), 'vcard');
  expect(contentsOf(entries)[0]).toMatchObject({
    emails: ['ivan@example.org', 'ivan@example.com'],
    phones: ['+74955550100ext12'],
    linkedin_url: 'https://www.linkedin.com/in/ivan-primer',
    llm_context: {
      important_dates: [
        { date: '1970-01-31', event: 'birthday' },
        { date: '--05-01', event: 'anniversary' },
      ],
    },
  });
  expect(summaryOf(entries)).toEqual({
    kind: 'summary',
    contacts: 1,
    refused: 0,
    left_out: [{ name: 'CATEGORIES', times: 1 }],
  });
});

test.each([
  ['google-old.csv', 'csv'],
  ['thunderbird.csv', 'csv'],
  ['apple.vcf', 'vcard'],
  ['outlook.vcf', 'vcard'],
] as const)('%s says the same, wherever its bytes are cut', async (name, format) => {
  const whole = await read(sample(name), format);
  for (const size of [1, 2, 3, 7, 64]) expect(await read(sample(name), format, {}, size)).toEqual(whole);
});
