import { SyncError } from './errors.ts';

/**
 * What may be logged of an error. A message that is not ours may quote data, so that of a foreign error only its class,
 * its code and the place are told.
 */
export function faultFields(error: unknown): object {
  if (error instanceof SyncError) return { code: error.code, reason: error.message };
  if (!(error instanceof Error)) return { code: 'UNKNOWN', kind: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return { code, kind: error.constructor.name, at: frames.slice(0, 6).map((frame) => frame.trim()) };
}
