/** For models of BigQuery: the real adapter over a store of their own. */
export { invalidRow } from './append.ts';
export { JSON_FIELDS, lens } from './lens.ts';
export { overStore } from './over-store.ts';
export { historyOf, type Row, recordOf } from './rows.ts';
export type { Edits, Store } from './store.ts';
