export type { AddressBookCode, AddressBookProblem, Entry, Found, LeftOut, Refused, Summary } from './entry.ts';
export { type Format, formatOf } from './format.ts';
export { MAX_RECORD_BYTES } from './limits.ts';
export { type Chunks, type ReadOptions, readAddressBook } from './read.ts';
export { type BookContact, writeAddressBook } from './write.ts';
