import { randomBytes } from 'node:crypto';
import { startBigQuery, startSupabase, startTwenty } from '@contact-sync/sandbox';
import { testDatabase } from '@contact-sync/testkit';

type Variables = Readonly<Record<string, string>>;
type Opened = AsyncDisposableStack;

/** Kept until the end. @returns the thing itself */
async function kept<T extends { close(): Promise<void> }>(opened: Opened, opening: Promise<T>): Promise<T> {
  const thing = await opening;
  opened.defer(() => thing.close());
  return thing;
}

/** Not dropped, which would cost a checkpoint each: it goes with the Postgres of this test run. */
const database = async () => (await testDatabase()).url;

interface Part {
  readonly variables: readonly string[];
  open(opened: Opened): Promise<Variables>;
}

/** The variables of the top README, and what stands behind them here. */
const PARTS: readonly Part[] = [
  {
    variables: ['LEDGER_URL', 'QUEUE_URL', 'LOCAL_URL'],
    async open() {
      // One for the three, which keep to schemas of their own: a database costs a thousand files.
      const url = await database();
      return { LEDGER_URL: url, QUEUE_URL: url, LOCAL_URL: url, LOCAL_POLL_MS: '200' };
    },
  },
  {
    variables: ['BIGQUERY_PROJECT', 'BIGQUERY_DATASET', 'BIGQUERY_EMULATOR_HOST'],
    async open(opened) {
      const { project, host } = await kept(opened, startBigQuery());
      return {
        BIGQUERY_PROJECT: project,
        BIGQUERY_DATASET: 'contacts',
        BIGQUERY_EMULATOR_HOST: host,
        BIGQUERY_POLL_MS: '200',
      };
    },
  },
  {
    variables: ['SUPABASE_URL', 'SUPABASE_SECRET_KEY', 'SUPABASE_DB_URL', 'SUPABASE_WEBHOOK_SECRET'],
    async open(opened) {
      const postgresUrl = await database();
      const { url, secretKey } = await kept(opened, startSupabase({ postgresUrl }));
      return {
        SUPABASE_URL: url,
        SUPABASE_SECRET_KEY: secretKey,
        SUPABASE_DB_URL: postgresUrl,
        SUPABASE_WEBHOOK_SECRET: secret(),
        SUPABASE_POLL_MS: '200',
      };
    },
  },
  {
    variables: ['TWENTY_URL', 'TWENTY_API_KEY', 'TWENTY_WEBHOOK_SECRET'],
    async open(opened) {
      const { url, apiKey } = await kept(opened, startTwenty({ apiKey: secret() }));
      return { TWENTY_URL: url, TWENTY_API_KEY: apiKey, TWENTY_WEBHOOK_SECRET: secret(), TWENTY_POLL_MS: '700' };
    },
  },
];

const secret = () => randomBytes(24).toString('base64url');

/** As a whole, such as `loadConfig(process.env)`: then it may ask for everything. */
const WHOLE = /\bprocess\.env(?!\.\w)/;
const NAMED = /\bprocess\.env\.(\w+)/g;

export interface Endpoints {
  readonly env: Variables;
  close(): Promise<void>;
}

/** Endpoints that are one example's own, with nothing in them: those that its text asks its environment for. */
export async function endpointsFor(code: string): Promise<Endpoints> {
  const named = new Set([...code.matchAll(NAMED)].map(([, name = '']) => name));
  const asked = PARTS.filter(({ variables }) => WHOLE.test(code) || variables.some((name) => named.has(name)));
  await using opened = new AsyncDisposableStack();
  const env: Record<string, string> = {};
  for (const part of asked) Object.assign(env, await part.open(opened));
  const all = opened.move();
  return { env, close: () => all.disposeAsync() };
}
