/** Buckets as the queries name them: three hexadecimal digits. */
import { BUCKETS, type BucketDigest, PermanentError } from '@contact-sync/sync';
import { BigQueryInt } from '@google-cloud/bigquery';
import { z } from 'zod';

const digest = z.object({
  bucket: z
    .string()
    .regex(/^[0-9a-f]{3}$/)
    .transform((digits) => Number.parseInt(digits, 16)),
  records: z.instanceof(BigQueryInt).transform(({ value }) => Number(value)),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A row of digests.sql. @throws {PermanentError} for one that it does not give */
export function readDigest(given: unknown): BucketDigest {
  const parsed = digest.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new PermanentError('BIGQUERY_UNREADABLE_ROW', 'a digest of a bucket cannot be read', {
    advice: 'Update contact-sync: this is a fault of its own.',
  });
}

/** The digits of those that there can be. */
export const digitsOf = (buckets: readonly number[]): readonly string[] =>
  [...new Set(buckets)]
    .filter((bucket) => Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS)
    .map((bucket) => bucket.toString(16).padStart(3, '0'));
