/** Whose record it is, before anything is decided over it. `test/identity-table.test.ts` runs each cell. */

/** Whether the ledger links the record to a contact. */
export type Link = 'linked' | 'unlinked';

export const LINKS: Readonly<Record<Link, string>> = {
  linked: 'linked to a contact',
  unlinked: 'linked to none',
};

/** Whose the record says it is, and what that contact has in this system. */
export type Claim = 'nobody' | 'free' | 'taken' | 'taken_deleted' | 'taken_removed';

export const CLAIMS: Readonly<Record<Claim, string>> = {
  nobody: 'says nothing',
  free: 'names a contact without a record here',
  taken: 'names a contact with another record here',
  taken_deleted: 'names a contact that is deleted, with another record here',
  taken_removed: 'names a contact whose record here was removed, and lost by that',
};

export type Presence = 'there' | 'gone';

export const PRESENCES: Readonly<Record<Presence, string>> = { there: 'is there', gone: 'is deleted' };

/**
 * `the linked`, `the named`: that contact, and it is decided over. `a new one`: a contact is born. `former`: the named
 * one's, whose record it was before: kept edits count, how it stands does not. `duplicate`: nobody's, dead letter
 * DUPLICATE_RECORD. `nobody`: ignored.
 */
export type Whose = 'the linked' | 'the named' | 'a new one' | 'former' | 'duplicate' | 'nobody';

const linked = { there: 'the linked', gone: 'the linked' } as const;

export const IDENTITY: Readonly<Record<Link, Readonly<Record<Claim, Readonly<Record<Presence, Whose>>>>>> = {
  linked: { nobody: linked, free: linked, taken: linked, taken_deleted: linked, taken_removed: linked },
  unlinked: {
    nobody: { there: 'a new one', gone: 'nobody' },
    free: { there: 'the named', gone: 'the named' },
    taken: { there: 'duplicate', gone: 'former' },
    taken_deleted: { there: 'the named', gone: 'former' },
    taken_removed: { there: 'the named', gone: 'former' },
  },
};
