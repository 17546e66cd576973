export { createTwenty, type TwentyAdapter, type TwentyOptions } from './adapter.ts';
export type { PersonLens } from './lens.ts';
export {
  DEFAULT_PERSON_MAPPING,
  type LlmKey,
  type MappedField,
  mappingProblems,
  type PersonMapping,
  personMapping,
} from './mapping.ts';
export type { RecordProblem } from './person.ts';
export {
  WebhookError,
  WebhookForgedError,
  WebhookMalformedError,
  type WebhookRequest,
  WebhookStaleError,
} from './webhook.ts';
