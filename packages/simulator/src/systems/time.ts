import { fromMicros, isTimestamp, type Timestamp } from '@contact-sync/contact';
import type { Clock } from './model.ts';

/** What a system writes down as the time. `Temporal`, by which others go, takes ten times as long. */
export function timeOf(now: Clock): Timestamp {
  const micros = Number(now());
  const ms = Math.floor(micros / 1_000);
  const text = `${new Date(ms).toISOString().slice(0, -1)}${String(Math.floor(micros - ms * 1_000)).padStart(3, '0')}Z`;
  return isTimestamp(text) ? text : fromMicros(BigInt(micros));
}
