export { direct, type Rpc } from './rpc.ts';
