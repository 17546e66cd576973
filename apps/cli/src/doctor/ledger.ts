import type { Services } from '@contact-sync/hub';
import { attention, type LedgerStatus, OutageError } from '@contact-sync/sync';
import { type Check, failed, ok, warning } from './check.ts';

/** The clocks may be so far apart. */
const SKEW_MS = 5_000;

/**
 * Whether the ledger answers, is installed, lets this login in, has the form that this version calls, and keeps time; and
 * what lies there.
 */
export async function ledgerChecks({ parts, desk }: Services): Promise<readonly Check[]> {
  const asked = Date.now();
  const { now } = await parts.ledger.standings({ contact_ids: [], limit: 0 });
  const answered = Date.now();
  const status = await parts.ledger.status();
  return [
    ok('ledger', `answers in ${answered - asked} ms, ${status.contacts} contacts`),
    await formCheck(desk),
    clockCheck(Date.parse(now), (asked + answered) / 2, (answered - asked) / 2),
    ...backlogChecks(status),
  ];
}

/** A ledger of an older version lacks functions; of what it has, the names are the same. */
async function formCheck(desk: Services['desk']): Promise<Check> {
  const page = { limit: 1 };
  try {
    await Promise.all([
      desk.contacts(page),
      desk.conflicts('open', page),
      desk.deadLetters({}, page),
      desk.deadLetterGroups({}),
      desk.actions(null, page),
    ]);
    return ok('ledger schema', 'has what this version needs');
  } catch (error) {
    if (!(error instanceof OutageError) || error.code !== 'LEDGER_NOT_INSTALLED') throw error;
    return failed(
      'ledger schema',
      'is of another version',
      'Run `contact-sync init` with the login that owns the ledger.',
    );
  }
}

function clockCheck(theirs: number, ours: number, uncertain: number): Check {
  const apart = Math.abs(theirs - ours);
  const shown = `the ledger’s and this machine’s are ${(apart / 1_000).toFixed(1)} s apart`;
  if (apart <= SKEW_MS + uncertain) return ok('clocks', shown);
  return failed('clocks', shown, 'Let both machines keep time by NTP: later edits win by their time.');
}

/** What waits too long, as the status has it. */
function backlogChecks(status: LedgerStatus): readonly Check[] {
  const answers = { ok: true, detail: null };
  const needed = attention({ ledger: answers, queues: answers, systems: [], status, counts: null });
  const old = needed.filter(({ code }) => code === 'PENDING_OLD' || code === 'INBOX_OLD');
  if (old.length === 0) return [ok('backlog', 'nothing waits for long')];
  return old.map(({ message, advice }) => warning('backlog', message, advice));
}
