import {
  ConfigError,
  type ConfigProblem,
  loadReadyConfig,
  type ReadyConfig,
  type Variable,
} from '@contact-sync/config';
import { runningDatabases } from '../running.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Check, failed, ok } from './check.ts';

/** What can be looked at apart from the others. */
export type Part = 'ledger' | 'queues' | 'bigquery' | 'supabase' | 'local' | 'twenty' | 'mapping' | 'webhooks';

/** The configuration as far as it holds. */
export interface Found {
  readonly checks: readonly Check[];
  /** An environment without problems, and what it says: stand-ins are in the place of what was missing or wrong. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: ReadyConfig | null;
  /** Parts that cannot be looked at, since a stand-in is all that is known of them. */
  readonly unknown: ReadonlySet<Part>;
}

const NOWHERE = 'http://127.0.0.1:2';
const NO_POSTGRES = 'postgres://127.0.0.1:2/none';

/** For variables without a default: a value of the right form, and whom it says nothing about. */
const STAND_INS: Readonly<Partial<Record<Variable, readonly [value: string, part: Part]>>> = {
  LEDGER_URL: [NO_POSTGRES, 'ledger'],
  QUEUE_URL: [NO_POSTGRES, 'queues'],
  LOCAL_URL: [NO_POSTGRES, 'local'],
  BIGQUERY_PROJECT: ['none', 'bigquery'],
  BIGQUERY_DATASET: ['none', 'bigquery'],
  BIGQUERY_EMULATOR_HOST: [NOWHERE, 'bigquery'],
  SUPABASE_URL: [NOWHERE, 'supabase'],
  SUPABASE_SECRET_KEY: ['sb_secret_none', 'supabase'],
  SUPABASE_DB_URL: ['', 'supabase'],
  TWENTY_URL: [NOWHERE, 'twenty'],
  TWENTY_API_KEY: ['none', 'twenty'],
  TWENTY_WEBHOOK_SECRET: ['none', 'webhooks'],
  MAPPING_FILE: ['', 'mapping'],
};

/** Reads the configuration, and goes on without what is wrong with it: the rest can be looked at all the same. */
export async function readConfiguration(around: Surroundings): Promise<Found> {
  const env = await runningDatabases(around.env);
  const problems = problemsOf(env);
  if (problems.length === 0)
    return { checks: [ok('configuration', 'complete')], env, config: loadReadyConfig(env), unknown: new Set() };
  const mended: Record<string, string | undefined> = { ...env };
  const unknown = new Set<Part>();
  for (const { variable } of problems) {
    const [value, part] = STAND_INS[variable as Variable] ?? [''];
    mended[variable] = value;
    if (part !== undefined) unknown.add(part);
    // A host that others reach asks for a token that is one.
    if (variable === 'API_TOKEN') mended.HOST = '';
  }
  // Queues that are nowhere else live beside the ledger.
  if (unknown.has('ledger') && !env.QUEUE_URL?.trim()) unknown.add('queues');
  const left = problemsOf(mended);
  return {
    checks: problems.map(checkOf),
    env: mended,
    config: left.length === 0 ? loadReadyConfig(mended) : null,
    unknown,
  };
}

function problemsOf(env: Found['env']): readonly ConfigProblem[] {
  try {
    loadReadyConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const EMBEDDED: ReadonlySet<string> = new Set(['LEDGER_URL', 'LOCAL_URL']);

const checkOf = ({ variable, message }: ConfigProblem): Check =>
  failed(
    'configuration',
    `${variable} ${message}`,
    EMBEDDED.has(variable)
      ? `Set ${variable}, or run \`contact-sync up\`, which brings a database of its own.`
      : `Set ${variable}: README.md and docs/systems.md say what it is.`,
  );
