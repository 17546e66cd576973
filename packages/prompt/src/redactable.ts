/** What may be hidden, one by one. `category_code` hides its meaning too. */
export const REDACTABLE_FIELDS = [
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
] as const;
/** One of {@link REDACTABLE_FIELDS}. */
export type RedactableField = (typeof REDACTABLE_FIELDS)[number];

/** That something of a field was hidden in what is told of one contact, before any cut to the budget. */
export interface Redaction {
  readonly contact_id: string;
  /** The field that was to be hidden. Its value may have stood elsewhere, or in another contact. */
  readonly field: RedactableField;
  /** In how many places: each value of the field itself, and each mention in other text. */
  readonly count: number;
}
