import type { HealthReport } from '../monitor.ts';

/** One number, with a value for each label of its family. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Everything that a label may say, or, where that is not known before, the form of it and how many different ones there
 * may be beside the same other labels.
 */
export type LabelValues = readonly string[] | { readonly like: RegExp; readonly most: number };

/** Numbers of one name. */
export interface Family {
  /** With the prefix, and the unit where it has one. */
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
  /** What the report tells; what it cannot tell is left out. */
  readonly samples: (report: HealthReport) => readonly Sample[];
}

type Value = number | boolean | null | undefined;

/** @returns nothing for what is not known, and for what is no number that a series could hold */
export function sample(value: Value, labels: Sample['labels'] = {}): readonly Sample[] {
  const number = typeof value === 'boolean' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? [{ labels, value: number }] : [];
}

/** @param unit how many of it make one of the metric's */
export const scaled = (value: number | null | undefined, unit: number): number | null =>
  typeof value === 'number' ? value / unit : null;

/** @returns seconds since the Unix epoch; `null` for what is no instant */
export function instant(iso: string | null | undefined): number | null {
  const ms = typeof iso === 'string' ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(ms) ? null : ms / 1000;
}
