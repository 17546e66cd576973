/** The model as the hub sees a ledger: each call is a request on its way there and back. */
import type { Ledger } from '@contact-sync/sync';
import type { Rpc } from '../rpc.ts';
import type { ModelLedger } from './model.ts';

export function overRpc(model: ModelLedger, rpc: Rpc): Ledger {
  return {
    install: () => rpc('ledger.install', () => model.install()),
    receive: (...args) => rpc('ledger.receive', () => model.receive(...args)),
    cursor: (...args) => rpc('ledger.cursor', () => model.cursor(...args)),
    linked: (...args) => rpc('ledger.linked', () => model.linked(...args)),
    claimComparison: (...args) => rpc('ledger.claimComparison', () => model.claimComparison(...args)),
    releaseComparison: (...args) => rpc('ledger.releaseComparison', () => model.releaseComparison(...args)),
    snapshot: (...args) => rpc('ledger.snapshot', () => model.snapshot(...args)),
    contacts: (...args) => rpc('ledger.contacts', () => model.contacts(...args)),
    commit: (...args) => rpc('ledger.commit', () => model.commit(...args)),
    unappended: (...args) => rpc('ledger.unappended', () => model.unappended(...args)),
    markAppended: (...args) => rpc('ledger.markAppended', () => model.markAppended(...args)),
    deliverable: (...args) => rpc('ledger.deliverable', () => model.deliverable(...args)),
    delivered: (...args) => rpc('ledger.delivered', () => model.delivered(...args)),
    bury: (...args) => rpc('ledger.bury', () => model.bury(...args)),
    pending: (...args) => rpc('ledger.pending', () => model.pending(...args)),
    pendingInbox: (...args) => rpc('ledger.pendingInbox', () => model.pendingInbox(...args)),
    deadLetters: (...args) => rpc('ledger.deadLetters', () => model.deadLetters(...args)),
    closeDeadLetters: (...args) => rpc('ledger.closeDeadLetters', () => model.closeDeadLetters(...args)),
    closeAnswered: () => rpc('ledger.closeAnswered', () => model.closeAnswered()),
    conflicts: (...args) => rpc('ledger.conflicts', () => model.conflicts(...args)),
    status: () => rpc('ledger.status', () => model.status()),
    standings: (...args) => rpc('ledger.standings', () => model.standings(...args)),
    close: () => rpc('ledger.close', () => model.close()),
  };
}
