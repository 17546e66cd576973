import { OutageError, ThrottledError, TransientError } from '@contact-sync/sync';
import { createTransport } from 'nodemailer';
import type { Sink, Telling } from './sink.ts';
import { toldOf } from './text.ts';

/** Through which server, and between whom. */
export interface EmailOptions {
  /** `smtp://user:password@host:587`, `smtps://…:465`. Holds a secret: it is never told. */
  readonly smtpUrl: string;
  readonly from: string;
  /** Several are separated by commas. */
  readonly to: string;
}

/** Each wait of the conversation; the whole is bounded by whoever sends. */
const PATIENCE_MS = 8_000;

/** Plain text. A connection for each message: they are few. One address that is refused keeps it from no other. */
export function emailSink({ smtpUrl, from, to }: EmailOptions): Sink {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    dnsTimeout: PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: 'email',
    async send(telling, signal) {
      signal.throwIfAborted();
      const { alert, event, notice_id } = telling;
      const thread = `<alert-${alert.alert_id}.${Date.parse(alert.since)}@contact-sync>`;
      try {
        await transport.sendMail({
          from,
          to,
          subject: `[contact-sync] ${toldOf(telling).title}`,
          text: bodyOf(telling),
          // The same each time: of one that comes twice mail programs show one.
          messageId: `<notice-${notice_id}.${Date.parse(alert.since)}.${event}@contact-sync>`,
          references: thread,
          headers: { 'auto-submitted': 'auto-generated' },
        });
      } catch (error) {
        throw smtpFault(error);
      }
    },
    close: () => transport.close(),
  };
}

/** As it is read: lines of text. */
export function bodyOf(telling: Telling): string {
  const { message, facts, advice, acknowledge } = toldOf(telling);
  return [
    message,
    '',
    ...facts.map(([name, value]) => `${name}: ${value}`),
    ...(advice === null ? [] : ['', `What to do: ${advice}`]),
    ...(acknowledge === null ? [] : ['', `I have it in hand: ${acknowledge}`]),
    '',
  ].join('\n');
}

/** Nobody's fault that passes: the configuration, the credentials, the addresses. */
const REFUSED = new Set(['EAUTH', 'ENOAUTH', 'ECONFIG', 'EENVELOPE', 'ETLS', 'EREQUIRETLS']);
/** Of SMTP: asked to come again later. Source: RFC 5321, 4.2.1 */
const LATER = /^4\d\d$/;
const WAIT_MS = 60_000;

/** Told by its code alone: what a server says may quote addresses. */
function smtpFault(error: unknown): Error {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  const status = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : Number.NaN;
  if (LATER.test(String(status)))
    return new ThrottledError('EMAIL_LATER', `the mail server asks to come again (${status})`, WAIT_MS);
  const answer = Number.isNaN(status) ? code : `${code} ${status}`;
  if (REFUSED.has(code) || status >= 500)
    return new OutageError('EMAIL_REFUSED', `the mail server does not take the message (${answer})`, {
      advice: 'Check SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO.',
    });
  return new TransientError('EMAIL_UNREACHABLE', `the mail server does not answer (${answer})`);
}
