export { type LedgerOptions, type OpenLedger, openLedger } from './open-ledger.ts';
