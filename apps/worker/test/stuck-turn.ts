/** A process that has the turn of `retention`, says so, and never ends it. */
import { openLog } from '@contact-sync/hub';
import { openLedger } from '@contact-sync/ledger';
import { createTurns } from '@contact-sync/monitor';

const ledger = openLedger(process.argv[2] ?? '');
const ambient = {
  now: Date.now,
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
const turns = createTurns({ turns: ledger.watching.turns, ambient, log: openLog('silent'), lease_ms: 3_000 });
await turns.run('retention', () => {
  process.send?.('begun');
  return new Promise(() => {});
});
