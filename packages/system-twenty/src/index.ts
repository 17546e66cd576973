export { createTwenty, type TwentyAdapter, type TwentyOptions } from './adapter.ts';
export type { RecordProblem } from './person.ts';
export {
  WebhookError,
  WebhookForgedError,
  WebhookMalformedError,
  type WebhookRequest,
  WebhookStaleError,
} from './webhook.ts';
