import { z } from 'zod';
import { type Timestamp, timestampSchema } from './timestamp.ts';

/** Versions are whole numbers that every system holds exactly; Twenty's NUMBER is a double. */
export const MAX_VERSION = Number.MAX_SAFE_INTEGER;

/** The number of a version at a border: whole, from 1 to {@link MAX_VERSION}. */
export const versionSchema = z.number().int().min(1).max(MAX_VERSION);

/** What decides between two versions of one contact: the higher `version`, then the later `last_updated`. */
export interface Rank {
  readonly version: number;
  readonly last_updated: Timestamp;
}

/** A {@link Rank} at a border. Other keys are left out. */
export const rankSchema: z.ZodType<Rank> = z.object({ version: versionSchema, last_updated: timestampSchema });

/** Negative when `a` ranks lower than `b`, positive when higher, 0 when exactly equal. */
export function compareRank(a: Rank, b: Rank): number {
  if (a.version !== b.version) return a.version - b.version;
  if (a.last_updated === b.last_updated) return 0;
  return a.last_updated < b.last_updated ? -1 : 1;
}
