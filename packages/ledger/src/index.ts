export { type LedgerOptions, openLedger } from './postgres-ledger.ts';
