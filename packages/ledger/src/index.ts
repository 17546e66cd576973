export { type LedgerOptions, openLedger } from './open-ledger.ts';
