/**
 * Names that arguments may be. Written out here and held to the types they come from, so that a call for help loads none
 * of the packages that have them.
 */
import type { Category } from '@contact-sync/contact';
import type { FormatName, RedactableField } from '@contact-sync/prompt';
import type { AlertCode, ScheduleName, System, WorkQueue } from '@contact-sync/sync';

/** Every one of a union, each once: a missing one makes the type `never`. */
const all =
  <Name extends string>() =>
  <const Names extends readonly Name[]>(names: Exclude<Name, Names[number]> extends never ? Names : never): Names =>
    names;

/** The systems that take part. */
export const SYSTEM_NAMES = all<System>()(['bigquery', 'supabase', 'local', 'twenty']);
/** The queues whose jobs are worked off. */
export const QUEUE_NAMES = all<WorkQueue>()(['ingest', 'propagate-supabase', 'propagate-local', 'propagate-twenty']);
/** What can be wrong. */
export const ALERT_NAMES = all<AlertCode>()([
  'SYNC_FAILING',
  'CONFLICT_OPEN',
  'DRIFT_HIGH',
  'LATENCY_HIGH',
  'STALLED',
  'ECHO_STORM',
  'CLOCK_SKEW',
  'QUEUE_NOT_DURABLE',
  'DEAD_LETTERS_OPEN',
  'LEDGER_DOWN',
  'QUEUES_DOWN',
  'NO_WORKER',
]);
/** What runs by itself. */
export const SCHEDULE_NAMES = all<ScheduleName>()([
  'sync',
  'sweep',
  'poll-bigquery',
  'poll-supabase',
  'poll-local',
  'poll-twenty',
  'compare-twenty',
  'drift-bigquery',
  'drift-supabase',
  'drift-local',
  'drift-twenty',
  'alerts',
  'retention',
]);
/** The categories of contacts. */
export const CATEGORY_NAMES = all<Category>()(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'X']);
/** How data stands in a prompt. */
export const PROMPT_FORMATS = all<FormatName>()(['xml', 'json', 'markdown']);
/** How an address book is written. */
export const BOOK_FORMATS = ['csv', 'vcard'] as const;
/** What may be hidden in a prompt. */
export const REDACTABLE_NAMES = all<RedactableField>()([
  'canonical_name',
  'given_name',
  'family_name',
  'emails',
  'phones',
  'organization',
  'job_title',
  'linkedin_url',
  'category_code',
  'subcategory_code',
  'llm_context.relationship_arc',
  'llm_context.communication_style',
  'llm_context.key_interests',
  'llm_context.personality_notes',
  'llm_context.important_dates',
  'llm_context.conversation_topics',
  'llm_context.emotional_depth',
  'llm_context.closeness_level',
  'llm_context.how_met',
  'llm_context.current_state',
  'llm_context.blind_spots',
  'llm_context.strengths',
  'llm_context.tensions',
]);
