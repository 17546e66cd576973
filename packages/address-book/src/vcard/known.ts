/** The properties of which a contact is made, by their names in small letters. */
export const WANTED: ReadonlySet<string> = new Set([
  'version',
  'kind',
  'x-addressbookserver-kind',
  'fn',
  'n',
  'email',
  'tel',
  'org',
  'title',
  'url',
  'x-socialprofile',
  'socialprofile',
  'uid',
  'bday',
  'anniversary',
  'x-contact-sync-id',
  'x-contact-sync-category',
  'x-contact-sync-subcategory',
  'x-contact-sync-llm',
  'x-contact-sync-exact',
]);

/** They tell of the card, nothing of the person. */
export const TECHNICAL: ReadonlySet<string> = new Set([
  'prodid',
  'rev',
  'x-prodid',
  'profile',
  'name',
  'mailer',
  'source',
]);
