/** For models of Twenty: the real adapter over people of their own, and what its webhooks mean. */
export { Refused } from './failures.ts';
export { createLens, type PersonLens } from './lens.ts';
export { personMapping } from './mapping.ts';
export { overPeople, readerOf } from './over-people.ts';
export type { Page, People, Row, Wanted } from './people.ts';
export type { Person } from './person.ts';
export { changeOf, type PersonEvent } from './webhook.ts';
