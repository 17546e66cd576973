export { sqlLens } from './lens.ts';
export { parseOutcomes } from './outcomes.ts';
export { type DeliveryRow, deliveryToRow, parseChanges, parsePage, parseRecords, rowToRecord } from './records.ts';
export { CHANNEL, contactsSql, INSTALL_STEPS, SCHEMA_VERSION } from './schema.ts';
export { errorOfSqlState, type Failing, failingOf } from './sqlstate.ts';
