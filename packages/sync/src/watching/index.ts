/** What watches over the flow asks of the ledger. */
export * from './alerts-port.ts';
export * from './bucket.ts';
export * from './health-port.ts';
export * from './retention-port.ts';
export * from './seals-port.ts';
export * from './skew.ts';
export * from './turns-port.ts';
export type { Watching } from './watching.ts';
