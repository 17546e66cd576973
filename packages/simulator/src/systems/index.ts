/**
 * Models of the four systems, exact in what the hub depends on. A server is the state of one system: users act on it at
 * once, the hub by an adapter whose every request goes through an `Rpc`. The adapters of Twenty and BigQuery are the
 * real ones over the model's people and rows; the lenses are the real ones throughout.
 *
 * `now` of a server is its own clock, in microseconds; `now` of an adapter is the hub's, in milliseconds. Requests are
 * named `<system>.<method>`: fetch, changes, ack, scan, apply, health (SQL); page, find, create, upsert, patch,
 * softDelete (Twenty); heads, history, changes, scan, append, appendConflicts, health (BigQuery); install of all.
 *
 * An `Rpc` has to hand on what an effect throws: Twenty refuses requests so.
 */
export { bigQueryAdapter } from './bigquery-adapter.ts';
export { type BigQueryServer, createBigQueryServer, type HandRow } from './bigquery-server.ts';
export type { Clock, Destroyers, HubWrite, Observed, Patch, Users } from './model.ts';
export { sqlAdapter } from './sql-adapter.ts';
export { createSqlServer, type SqlServer, type SqlServerOptions } from './sql-server.ts';
export { twentyAdapter } from './twenty-adapter.ts';
export { createTwentyServer, type TwentyServer, type TwentyServerOptions } from './twenty-server.ts';
