/** For models of BigQuery: the real adapter over a store of their own. */
export { lens } from './lens.ts';
export { overStore } from './over-store.ts';
export type { Row } from './rows.ts';
export type { Edits, Store } from './store.ts';
