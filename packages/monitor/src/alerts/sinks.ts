import type { Log } from '@contact-sync/sync';
import { emailSink } from './email-sink.ts';
import { logSink } from './log-sink.ts';
import type { Sink } from './sink.ts';
import { webhookSink } from './webhook-sink.ts';

/** Which ways to tell people are configured; as `config.alerts` has it. */
export interface SinkOptions {
  readonly webhookUrl: string | undefined;
  readonly email: { readonly smtpUrl: string; readonly from: string; readonly to: string } | undefined;
}

/** The log, and whatever else is configured. @param now milliseconds since the Unix epoch */
export const sinksOf = ({ webhookUrl, email }: SinkOptions, log: Log, now: () => number): readonly Sink[] => [
  logSink(log),
  ...(webhookUrl === undefined ? [] : [webhookSink({ url: webhookUrl, now })]),
  ...(email === undefined ? [] : [emailSink(email)]),
];
