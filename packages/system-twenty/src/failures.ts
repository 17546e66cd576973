import { OutageError, PermanentError, type SyncError, ThrottledError, TransientError } from '@contact-sync/sync';
import { z } from 'zod';
import type { PersonMapping } from './mapping.ts';

/** An answer with a status other than 2xx. */
export interface BadAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A 400, 404 or 413: about what was sent, for the caller to judge. */
export class Refused extends Error {
  readonly answer: BadAnswer;

  constructor(answer: BadAnswer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** Twenty names no time to wait; its bucket of 100 a minute has some 25 requests again after this. */
const THROTTLED_MS = 15_000;

const CHECK_KEY = 'check the API key of Twenty and the role it has been given';

/** What an answer other than 2xx means for everything that goes to Twenty. */
export function failureOf(answer: BadAnswer): SyncError | Refused {
  const { status } = answer;
  switch (status) {
    case 400:
    case 404:
    case 413:
      return new Refused(answer);
    case 401:
    case 403:
      return new OutageError('TWENTY_UNAUTHORIZED', `Twenty answered ${status}`, { advice: CHECK_KEY });
    case 429:
      return new ThrottledError('TWENTY_THROTTLED', 'Twenty limits the requests of this workspace', THROTTLED_MS);
    case 502:
    case 503:
    case 504:
      return new OutageError('TWENTY_UNAVAILABLE', `Twenty answered ${status}`);
    default:
      if (status >= 500) return new TransientError('TWENTY_SERVER_ERROR', `Twenty answered ${status}`);
      return unexpected(`status ${status}`);
  }
}

export const unexpected = (what: string): OutageError =>
  new OutageError('TWENTY_UNEXPECTED_ANSWER', `Twenty answered in an unknown form: ${what}`, {
    advice: 'check that the URL is that of a Twenty server of a version this adapter knows',
  });

/** Codes of a connection that was never made: nothing was sent. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What a request without an answer means. It may have been carried out all the same, unless it never left. */
export function failureWithoutAnswer(error: unknown): SyncError {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return new TransientError('TWENTY_TIMEOUT', 'Twenty did not answer in time');
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code: unknown = typeof cause === 'object' && cause ? Reflect.get(cause, 'code') : undefined;
  if (typeof code === 'string' && UNREACHABLE.has(code))
    return new OutageError('TWENTY_UNREACHABLE', `Twenty cannot be reached (${code})`, {
      advice: 'check that Twenty is running and that its URL is right',
    });
  return new TransientError('TWENTY_CONNECTION_LOST', 'the connection to Twenty broke off');
}

const bodySchema = z.looseObject({
  code: z.string().optional(),
  messages: z.array(z.string()).optional(),
  message: z.string().optional(),
});

/**
 * Why one person alone was refused. Twenty gives codes for few causes; for the others its message is all there is, as
 * recorded from a 2.21.0 server: "A duplicate entry was detected", "Multiple records found …", "Object person doesn't
 * have any "x" field.", "Invalid string value 'x' for email field "emails.primaryEmail"". No message is passed on: they
 * quote values.
 *
 * @param mapping tells the contact's field for a person's
 */
export function rejectionOf({ status, body }: BadAnswer, mapping: PersonMapping): PermanentError | OutageError {
  if (status === 413)
    return new PermanentError('TWENTY_TOO_LARGE', 'Twenty refuses a request of this size', {
      advice: 'raise the body size limit of the proxy in front of Twenty',
    });
  const parsed = bodySchema.safeParse(body);
  const { code, messages = [], message = '' } = parsed.success ? parsed.data : {};
  const said = [...messages, message].join('\n');
  if (/doesn't have any "\w+" field/.test(said))
    return new OutageError('TWENTY_SCHEMA', 'a field of the person object is missing', {
      advice: 'run install again: somebody removed a field that the sync needs',
    });
  if (/duplicate entry|Multiple records found/.test(said))
    return new PermanentError('TWENTY_DUPLICATE', 'another person in Twenty has a unique value of this contact', {
      advice: 'look in Twenty, its trash too, for a person with the same primary email or contactId, and merge the two',
    });
  const blamed = code === 'INVALID_PHONE_NUMBER' ? 'phones' : fieldIn(said);
  const field = blamed === undefined ? undefined : contactField(blamed, mapping);
  return new PermanentError('TWENTY_REFUSED', `Twenty refuses this person (${code ?? status})`, {
    ...(field === undefined ? {} : { field }),
    advice: field === undefined ? 'compare the contact with what Twenty accepts' : `correct ${field} of the contact`,
  });
}

const fieldIn = (message: string): string | undefined => /field "([A-Za-z]+)/.exec(message)?.[1];

const contactField = (blamed: string, { fields }: PersonMapping): string | undefined =>
  blamed === 'name' ? 'given_name' : Object.entries(fields).find(([, name]) => name === blamed)?.[0];
