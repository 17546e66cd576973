export {
  createModelLedger,
  type DeliveryView,
  type InboxView,
  type LedgerView,
  type ModelLedger,
} from './model.ts';
export { overRpc } from './over-rpc.ts';
