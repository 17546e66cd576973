import type { PersonMapping } from '../src/index.ts';

/** Everything that can be held, and single keys of llm_context in fields of their own, of each type. */
export const RICH: PersonMapping = {
  fields: {
    organization: 'organization',
    job_title: 'role',
    'llm_context.how_met': 'howMet',
    'llm_context.current_state': 'currentState',
    'llm_context.closeness_level': 'closeness',
    'llm_context.emotional_depth': 'depth',
    'llm_context.key_interests': 'interests',
    'llm_context.important_dates': 'importantDates',
    // Names that every JavaScript object answers to.
    'llm_context.tensions': 'constructor',
    'llm_context.blind_spots': null,
  },
  sync: { contact_id: 'hubContact', mapping: 'hubMapping' },
};

/** As little as possible. */
export const POOR: PersonMapping = {
  fields: {
    canonical_name: null,
    emails: null,
    phones: null,
    organization: null,
    job_title: null,
    linkedin_url: null,
    category_code: null,
    subcategory_code: null,
    llm_context: null,
  },
  sync: {},
};

/** A single text beside the defaults. */
export const WITH_ORGANIZATION: PersonMapping = { fields: { organization: 'organization' }, sync: {} };

export const MAPPINGS: readonly (readonly [string, PersonMapping])[] = [
  ['the default mapping', { fields: {}, sync: {} }],
  ['a rich mapping', RICH],
  ['a poor mapping', POOR],
  ['only keys', { fields: { llm_context: 'llmContext', 'llm_context.how_met': null, canonical_name: null }, sync: {} }],
];
