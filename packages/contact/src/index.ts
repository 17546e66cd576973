export {
  type Comparison,
  compareContacts,
  contentFields,
  type FieldDifference,
  inFieldOrder,
  withFields,
} from './compare.ts';
export {
  type Contact,
  type ContactProblem,
  type ContactResult,
  contactOf,
  contactSchema,
  contentOfContact,
  parseContact,
  type SyncMetadata,
} from './contact.ts';
export { type ContactId, contactId, contactIdSchema, isContactId, newContactId } from './contact-id.ts';
export {
  CATEGORIES,
  type Category,
  CONTENT_FIELDS,
  type Content,
  type ContentField,
  type ContentResult,
  contentSchema,
  type LlmContext,
  MAX_CONTENT_BYTES,
  parseContent,
} from './content.ts';
export { type ContentHash, contentHash, contentHashSchema } from './hash.ts';
export { canonicalJson, type Json, plainJson } from './json.ts';
export { contactJsonSchema } from './json-schema.ts';
export { type Fields, type Lens, lensOf, type Part } from './lens.ts';
export type { ContactProblemCode, FindingCode, Problem, ProblemCode } from './problem.ts';
export { compareRank, MAX_VERSION, type Rank, rankSchema, versionSchema } from './rank.ts';
export { type Candidate, type Reason, resolve, type Verdict } from './resolver.ts';
export {
  fromMicros,
  fromMillis,
  isTimestamp,
  type Timestamp,
  timestamp,
  timestampSchema,
  toMicros,
} from './timestamp.ts';
export { type Finding, MAX_FINDINGS, validateContact } from './validate.ts';
