import type { Log } from '@contact-sync/sync';

export type Line = Record<string, unknown> & { readonly level: keyof Log; readonly message: string };

/** A log that a test can read. */
export function recordingLog(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: keyof Log) => (fields: object, message: string) => void lines.push({ level, message, ...fields });
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}
