import { OutageError, PermanentError, SyncError } from '@contact-sync/sync';

/** One thing that was looked at. Nothing in it is secret. */
export interface Check {
  /** As `ledger` or `twenty schema`. */
  readonly what: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found. */
  readonly found: string;
  /** How to mend it; `null` where nothing is to be mended. */
  readonly mend: string | null;
}

/** All is well. */
export const ok = (what: string, found: string): Check => ({ what, status: 'ok', found, mend: null });
/** It works, and could be better. */
export const warning = (what: string, found: string, mend: string): Check => ({ what, status: 'warning', found, mend });
/** It does not work. */
export const failed = (what: string, found: string, mend: string): Check => ({ what, status: 'failed', found, mend });

/** So long an answer may take: longer than the clients' own patience with a port that nobody listens at. */
const PATIENCE_MS = 8_000;

/** Looks, for so long; what is thrown, or takes longer, is a check that failed. Never throws for the outside world. */
export async function looked(what: string, look: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, PATIENCE_MS, null);
  const looking = look();
  // Whatever comes after its time is nobody's business any more.
  looking.catch(() => undefined);
  try {
    const found = await Promise.race([looking, late]);
    if (found !== null) return found;
    return [
      failed(
        what,
        `no answer within ${PATIENCE_MS / 1_000} s`,
        'See that it runs, and that a firewall lets the hub through.',
      ),
    ];
  } catch (error) {
    if (error instanceof SyncError) return [faulty(what, error)];
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What an error of the hub says, as a check. */
export function faulty(what: string, error: SyncError): Check {
  const advice = error instanceof OutageError || error instanceof PermanentError ? error.advice : undefined;
  return failed(what, `${error.code}: ${error.message}`, sentence(advice ?? 'Look again in a moment.'));
}

/** Advice comes in either form. */
const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};
