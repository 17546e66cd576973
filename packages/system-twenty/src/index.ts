export { createTwenty, type TwentyAdapter, type TwentyOptions } from './adapter.ts';
export type { PersonLens } from './lens.ts';
export {
  DEFAULT_PERSON_MAPPING,
  type LlmKey,
  MAPPED_FIELDS,
  type MappedField,
  mappingProblems,
  type PersonMapping,
  personMapping,
  type SyncField,
} from './mapping.ts';
export type { RecordProblem } from './person.ts';
export {
  WebhookError,
  WebhookForgedError,
  WebhookMalformedError,
  type WebhookRequest,
  WebhookStaleError,
} from './webhook.ts';
