/** Records of a system in groups that both sides of a comparison make alike, so that only groups that differ are read. */
import { createHash } from 'node:crypto';
import type { RecordId } from '../ports.ts';

/** How many buckets there are: with 100,000 records some 25 in each. */
export const BUCKETS = 4_096;

/**
 * The bucket of a record, 0 to {@link BUCKETS} - 1: the first 12 bits of the SHA-256 of its id in UTF-8. Of BigQuery the
 * id is the contact's, in decimal. Databases compute the same: the first three hexadecimal digits.
 */
export const bucketOf = (recordId: RecordId): number =>
  Number.parseInt(createHash('sha256').update(recordId, 'utf8').digest('hex').slice(0, 3), 16);

/** What stands in a bucket, as one side sees it. Buckets without a record are left out. */
export interface BucketDigest {
  readonly bucket: number;
  /** How many records. */
  readonly records: number;
  /**
   * Changes whenever anything of any record in it does, and is the same for the same: hexadecimal. Compared only with
   * what the same side said before, never with what another computed: no two databases write a value in the same way.
   */
  readonly digest: string;
}
