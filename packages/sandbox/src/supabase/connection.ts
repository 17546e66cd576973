import { PostgresConnection } from '@supabase/lite/postgres';
import { postgrestError } from './postgrest-errors.ts';

/** A role of the hosted system stops after 8 s. Source: Supabase docs, "Timeouts". */
const STATEMENT_TIMEOUT_MS = 8_000;

/** PostgREST answers with JSON made by Postgres: `2024-05-01T12:34:56.123456+00:00`. */
const isoTimestamp = (text: string): string => text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00');

/**
 * lite's connection with its faults mended; what and why: README.md.
 *
 * @param url of a database whose API roles exist already
 */
export class FaithfulConnection extends PostgresConnection {
  constructor(url: string) {
    super({
      url,
      postgresOptions: {
        max: 10,
        onnotice: () => {},
        connection: { statement_timeout: STATEMENT_TIMEOUT_MS },
        types: {
          // lite hands over arguments that are JSON text already; its own serialiser would quote them once more.
          json: { to: 114, from: [114], serialize: jsonText, parse: JSON.parse },
          jsonb: { to: 3802, from: [3802], serialize: jsonText, parse: JSON.parse },
          timestamptz: { to: 1184, from: [1184], serialize: (text: string) => text, parse: isoTimestamp },
        },
      },
    });
    // "Active" means: take the request's role. lite would look for row security first, without any run as the owner,
    // and with some grant ALL on everything to every API role. The field is private, so it is set from outside the types.
    Reflect.set(this, 'rlsState', 'active');
  }

  /** lite answers 500 "SUP" to every code it does not list. */
  override normalizeDbError(error: unknown): unknown {
    return postgrestError(super.normalizeDbError(error));
  }
}

/** Objects and arrays arrive as text, all scalars as themselves: what opens no bracket is a JSON string's content. */
const jsonText = (value: unknown): string =>
  typeof value === 'string' && /^[[{]/.test(value) ? value : JSON.stringify(value);
