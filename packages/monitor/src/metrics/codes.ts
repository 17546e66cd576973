import type { ErrorCount } from '@contact-sync/sync';

/** What a code of an error looks like. */
export const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
/** How many codes of one system are told by name. */
export const MOST_CODES = 20;
/** Stands for all others, and for what is no code. */
export const OTHER = 'other';

/**
 * Codes come from anywhere, the answers of other programs among them: those that occur most keep their names, and the rest
 * go together, so that no fault makes series without end.
 */
export function byCode(errors: readonly ErrorCount[]): ReadonlyMap<string, Omit<ErrorCount, 'code'>> {
  const sums = new Map<string, Omit<ErrorCount, 'code'>>();
  const add = (code: string, { open, recent, per_minute }: Omit<ErrorCount, 'code'>) => {
    const before = sums.get(code) ?? { open: 0, recent: 0, per_minute: 0 };
    sums.set(code, {
      open: before.open + open,
      recent: before.recent + recent,
      per_minute: before.per_minute + per_minute,
    });
  };
  for (const { code, ...counts } of errors) add(CODE.test(code) ? code : OTHER, counts);
  const named = [...sums].filter(([code]) => code !== OTHER);
  const weight = ({ open, recent }: Omit<ErrorCount, 'code'>) => open + recent || 0;
  named.sort(([code, counts], [other, others]) => weight(others) - weight(counts) || (code < other ? -1 : 1));
  for (const [code, counts] of named.slice(MOST_CODES)) {
    sums.delete(code);
    add(OTHER, counts);
  }
  return sums;
}
