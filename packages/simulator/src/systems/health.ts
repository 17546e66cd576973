import { type Health, SyncError } from '@contact-sync/sync';
import type { Rpc } from '../rpc.ts';

/** Asks for nothing but an answer, and never throws for a fault of the outside world. */
export async function healthOf(system: string, rpc: Rpc): Promise<Health> {
  try {
    return await rpc(`${system}.health`, () => ({ ok: true, latency_ms: 0, detail: null }));
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { ok: false, latency_ms: 0, detail: `${error.code}: ${error.message}` };
  }
}
