export { installContacts, type Query } from './install/index.ts';
export { lensFor, sqlLens } from './lens.ts';
export { type ColumnMapping, DEFAULT_MAPPING, SYNC_FIELDS, type SyncField, type TableMapping } from './mapping.ts';
export { parseOutcomes } from './outcomes.ts';
export {
  type DeliveryRow,
  deliveryToRow,
  parseChanges,
  parseDigests,
  parsePage,
  parseRecords,
  rowToRecord,
  storableIds,
} from './records.ts';
export {
  CHANNEL,
  contactsSql,
  type Installed,
  mappingHash,
  type Occasion,
  parseInstalled,
  SCHEMA_VERSION,
} from './schema.ts';
export type { TableShape } from './shape.ts';
export { errorOfSqlState, type Failing, failingOf } from './sqlstate.ts';
