import type { LogLevel } from '@contact-sync/config';
import type { Log } from '@contact-sync/sync';
import pino from 'pino';

/** JSON lines on stderr: stdout belongs to results. */
export function openLog(level: LogLevel): Log {
  return pino({ level, base: { pid: process.pid } }, pino.destination({ dest: 2, sync: true }));
}
