import { TransientError } from '@contact-sync/sync';
import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { guarded } from './errors.ts';

/** Which dataset, and how to get there. */
export interface Connection {
  readonly project: string;
  readonly dataset: string;
  /** As `EU` or `us-east1`; where none is given BigQuery finds it by the dataset. */
  readonly location?: string | undefined;
  /** `http://host:port` of an emulator, spoken to without credentials. */
  readonly emulatorHost?: string | undefined;
  /** A service account's key; else the credentials of the environment are used. */
  readonly keyFilename?: string | undefined;
  /** The longest that a call waits, in milliseconds; default 60 seconds, long enough for a cold query. */
  readonly timeoutMs?: number;
}

/** BigQuery's own client, with the retries left to the queues: a retry here would hide an outage from them. */
export class Client {
  readonly bigquery: BigQuery;
  readonly #location: string | undefined;
  readonly #timeoutMs: number;

  constructor(connection: Connection) {
    const { project, location, emulatorHost, keyFilename, timeoutMs = 60_000 } = connection;
    this.#location = location;
    this.bigquery = new BigQuery({
      projectId: project,
      retryOptions: { autoRetry: false },
      ...(location === undefined ? {} : { location }),
      ...(keyFilename === undefined ? {} : { keyFilename }),
      ...(emulatorHost === undefined ? {} : { apiEndpoint: emulatorHost, authClient: anonymous() }),
    });
    this.#timeoutMs = timeoutMs;
  }

  /** Makes calls; whatever the outside world does wrong comes out as a SyncError. */
  ask = <T>(calls: () => Promise<T>): Promise<T> => guarded(() => this.inTime(calls));

  /**
   * Makes calls, and gives them up after the time allowed. The library has a timeout too, and its transport (node-fetch 3)
   * ignores it: a call that is never answered would hold its worker for ever.
   *
   * @throws {TransientError} when there is no answer in time; else what the calls throw
   */
  async inTime<T>(calls: () => Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new TransientError('BIGQUERY_TIMEOUT', 'no answer in time; a write may have happened')),
      this.#timeoutMs,
    );
    try {
      return await Promise.race([calls(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * @param ints INT64 parameters, each a decimal string or a list of them
   * @param texts STRING parameters, each a text or a list of them
   * @returns rows as the client gives them, INT64 wrapped so that nothing is rounded
   */
  query(
    query: string,
    ints: Readonly<Record<string, string | readonly string[]>> = {},
    texts: Readonly<Record<string, string | readonly string[]>> = {},
  ): Promise<readonly unknown[]> {
    return this.ask(async () => {
      const typed = (values: typeof texts, type: string) =>
        Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? [type] : type]));
      const [rows] = await this.bigquery.query({
        query,
        params: { ...ints, ...texts },
        types: { ...typed(ints, 'INT64'), ...typed(texts, 'STRING') },
        wrapIntegers: true,
        ...(this.#location === undefined ? {} : { location: this.#location }),
      });
      return rows;
    });
  }
}

/** An emulator asks for no token; without a client of our own the library looks for a metadata server first. */
function anonymous(): OAuth2Client {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: 'emulator', expiry_date: Number.MAX_SAFE_INTEGER });
  return client;
}
