/**
 * Models of the four systems, exact in what the hub depends on. A server is the state of one system: users act on it at
 * once, the hub by an adapter whose every request goes through an {@link Rpc}.
 *
 *     createSqlServer({ now })                    : SqlServer       users + destroy + begin
 *     sqlAdapter('local' | 'supabase', server, rpc) : TargetAdapter
 *     createTwentyServer({ now, onWebhook })      : TwentyServer    users + destroy; onWebhook(change) for each event
 *     twentyAdapter(server, rpc, { now })         : TargetAdapter
 *     createBigQueryServer({ now })               : BigQueryServer  users; record id = contact_id
 *     bigQueryAdapter(server, rpc, { now })       : CanonicalAdapter
 *
 * `now` of a server is its own clock, in microseconds; `now` of an adapter is the hub's, in milliseconds.
 * Requests are named `<system>.<method>`: fetch, changes, ack, scan, apply (SQL); page, find, create, upsert, patch,
 * softDelete (Twenty); heads, history, changes, scan, append, appendConflicts (BigQuery).
 */
export type { Clock, Destroyers, HubWrite, Observed, Patch, Users } from './model.ts';
