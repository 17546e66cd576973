import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { guarded } from './errors.ts';

export interface Connection {
  readonly project: string;
  readonly dataset: string;
  /** As `EU` or `us-east1`; where none is given BigQuery finds it by the dataset. */
  readonly location?: string;
  /** `http://host:port` of an emulator, spoken to without credentials. */
  readonly emulatorHost?: string;
  /** A service account's key; else the credentials of the environment are used. */
  readonly keyFilename?: string;
}

/** Long enough for a cold query, short enough to notice a connection that hangs. */
const TIMEOUT_MS = 60_000;

/** BigQuery's own client, with the retries left to the queues: a retry here would hide an outage from them. */
export class Client {
  readonly bigquery: BigQuery;
  readonly #location: string | undefined;

  constructor(connection: Connection) {
    const { project, location, emulatorHost, keyFilename } = connection;
    this.#location = location;
    this.bigquery = new BigQuery({
      projectId: project,
      retryOptions: { autoRetry: false },
      ...(location === undefined ? {} : { location }),
      ...(keyFilename === undefined ? {} : { keyFilename }),
      ...(emulatorHost === undefined ? {} : { apiEndpoint: emulatorHost, authClient: anonymous() }),
    });
    this.bigquery.timeout = TIMEOUT_MS;
  }

  /**
   * @param ints INT64 parameters, each a decimal string or a list of them
   * @param texts STRING parameters
   * @returns rows as the client gives them, INT64 wrapped so that nothing is rounded
   */
  query(
    query: string,
    ints: Readonly<Record<string, string | readonly string[]>> = {},
    texts: Readonly<Record<string, string>> = {},
  ): Promise<readonly unknown[]> {
    return guarded(async () => {
      const types = Object.entries(ints).map(([name, value]) => [
        name,
        typeof value === 'string' ? 'INT64' : ['INT64'],
      ]);
      const [rows] = await this.bigquery.query({
        query,
        params: { ...ints, ...texts },
        types: {
          ...Object.fromEntries(types),
          ...Object.fromEntries(Object.keys(texts).map((name) => [name, 'STRING'])),
        },
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
