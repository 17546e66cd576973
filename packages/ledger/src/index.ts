export { openLedger } from './postgres-ledger.ts';
