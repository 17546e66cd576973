import { CommanderError } from 'commander';
import { program } from './program.ts';
import { type ExitCode, Failure, Interrupted, ReaderGone, type Surroundings, UsageError } from './surroundings.ts';

/** Runs the command that the arguments name, and tells people what went wrong. Never throws. */
export async function run(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  let code: ExitCode = 0;
  try {
    await program(around, (ended) => {
      code = ended;
    }).parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return await told(error, around);
  }
}

async function told(error: unknown, { err }: Surroundings): Promise<ExitCode> {
  // Commander has printed what was wrong, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ReaderGone) return 0;
  if (error instanceof UsageError) {
    err(`contact-sync: ${error.message}`);
    return 2;
  }
  if (error instanceof Interrupted) {
    err('contact-sync: stopped; what was done stays done');
    return 130;
  }
  // Not before something failed: loading them takes longer than all the rest of a call for help.
  const { ConfigError } = await import('@contact-sync/config');
  const { faultFields, OutageError, PermanentError, SyncError } = await import('@contact-sync/sync');
  if (error instanceof ConfigError) {
    err('contact-sync: the configuration is not complete:');
    for (const { variable, message } of error.problems) err(`  ${variable} ${message}`);
    if (error.problems.some(({ variable }) => variable === 'LEDGER_URL' || variable === 'LOCAL_URL'))
      err('Without LEDGER_URL and LOCAL_URL the embedded Postgres is used, while `contact-sync up` runs.');
    return 2;
  }
  if (error instanceof SyncError || error instanceof Failure) {
    err(`contact-sync: ${error.code}: ${error.message}`);
    const hasAdvice = error instanceof PermanentError || error instanceof OutageError || error instanceof Failure;
    if (hasAdvice && error.advice !== undefined) err(`  ${error.advice}`);
    return 1;
  }
  err(`contact-sync: a fault that nobody foresaw: ${JSON.stringify(faultFields(error))}`);
  return 1;
}
