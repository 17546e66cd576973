import { type SourceAdapter, SyncError } from '@contact-sync/sync';
import { type Check, failed, faulty, ok } from './check.ts';

/**
 * Whether a system answers, takes the credentials, and has everything that `init` would make.
 *
 * @param isMapped false where nobody knows which tables and fields are meant
 */
export async function systemChecks(adapter: SourceAdapter, isMapped: boolean): Promise<readonly Check[]> {
  const { system } = adapter;
  const schema = `${system} schema`;
  const [health, steps] = await Promise.all([
    adapter.health(),
    isMapped
      ? adapter.install({ dry_run: true }).catch((error: unknown) => {
          if (error instanceof SyncError) return error;
          throw error;
        })
      : null,
  ]);
  const isMissing = steps !== null && !(steps instanceof SyncError) && steps.length > 0;
  const answers = `answers in ${Math.round(health.latency_ms)} ms`;
  // Without its tables it is not healthy, and is there all the same.
  const standing =
    health.ok || isMissing
      ? ok(system, answers)
      : failed(
          system,
          health.detail ?? 'does not answer',
          `See docs/systems.md, ${system}: where it is, and with what credentials.`,
        );
  if (steps === null) return [standing];
  if (steps instanceof SyncError) return health.ok ? [standing, faulty(schema, steps)] : [standing];
  if (isMissing)
    return [
      standing,
      failed(schema, `still to be done: ${few(steps.map(({ what }) => what))}`, 'Run `contact-sync init`.'),
    ];
  return [standing, ok(schema, 'complete')];
}

/** Steps that are named. */
const NAMED = 3;

const few = (steps: readonly string[]): string =>
  steps.length <= NAMED + 1
    ? steps.join('; ')
    : `${steps.slice(0, NAMED).join('; ')}; and ${steps.length - NAMED} more, which \`contact-sync init --dry-run\` lists`;
