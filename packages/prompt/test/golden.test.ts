/**
 * What models get, byte for byte. After a change that is meant: `GOLDEN=write npx vitest run packages/prompt`, and read
 * the difference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ContactPromptBuilder, FORMATS } from '../src/index.ts';
import { contact } from './arbitrary.ts';

const ada = contact('382956481151511909', {
  canonical_name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  emails: ['ada@example.org', 'countess@example.com'],
  phones: ['+44 20 7946 0018'],
  organization: 'Analytical Engines & Sons <Ltd.>',
  job_title: 'Programmer',
  linkedin_url: 'https://www.linkedin.com/in/ada',
  category_code: 'B',
  subcategory_code: 'B2',
  llm_context: {
    relationship_arc: 'We met over a loom. We have argued about machines ever since! It keeps us friends.',
    communication_style: 'Long letters, few of them.',
    key_interests: ['analytical engines', 'flying | birds', '`poetry` and *numbers*'],
    personality_notes: 'Says "poetical science". Ada Lovelace signs as A.A.L., at countess@example.com.',
    important_dates: [
      { date: '1815-12-10', event: 'birthday', significance: 'She likes to be written to. Not called.' },
      { date: '--06-05', event: 'the day we met' },
      { date: 'every spring', event: 'the lecture' },
      { date: '2026-07-08', event: 'the journey', significance: 'To Turin.' },
    ],
    conversation_topics: ['the engine', 'Bernoulli numbers'],
    emotional_depth: 7,
    closeness_level: 8,
    how_met: 'At a party of Mary Somerville.',
    current_state: 'Translating a paper. Her notes grow longer than the paper: three times by now.',
    blind_spots: ['horses', 'betting'],
    strengths: ['sees far', 'keeps at it'],
    tensions: ['Who invented what?'],
    pets: ['never shown'],
  },
});
const charles = contact('-5', {
  canonical_name: '查尔斯·巴贝奇',
  category_code: 'G',
  llm_context: { current_state: '他在写信。还没有写完。', key_interests: ['引擎'], strengths: ['Knows Ada Lovelace.'] },
});
const hidden = contact('666', { canonical_name: 'Never Shown', category_code: 'X' });

const all = new Map([ada, charles, hidden].map((one) => [one.contact_id, one]));
const builder = new ContactPromptBuilder({ sources: { local: { fetchContacts: async () => all } } });
const NOW = '2026-05-01T10:34:56.123456Z';

describe.each(FORMATS)('in %s, byte for byte the same:', (format) => {
  const common = { now: NOW, format } as const;
  it.each([
    ['whole', () => builder.buildContactContext(ada, { ...common, budget: 2_000 })],
    ['cut', () => builder.buildContactContext(ada, { ...common, budget: 330 })],
    [
      'redacted',
      () =>
        builder.buildContactContext(ada, {
          ...common,
          budget: 2_000,
          redact: ['canonical_name', 'emails', 'llm_context.tensions'],
        }),
    ],
    [
      'many',
      () =>
        builder.buildMultiContactContext({
          ...common,
          source: 'local',
          budget: 600,
          contactIds: [charles.contact_id, hidden.contact_id, ada.contact_id, '7'],
          redact: ['canonical_name'],
        }),
    ],
    [
      'prompt',
      () =>
        builder.buildPromptWithContact({
          ...common,
          source: 'local',
          budget: 400,
          contactId: charles.contact_id,
          basePrompt: 'You help to write letters.',
          question: 'What should I ask him?',
        }),
    ],
  ])('%s', async (name, build) => {
    const { fence: _, ...result } = await build();
    const { text, system, user, notice, ...report } = { text: '', system: '', user: '', notice: '', ...result };
    const parts = Object.entries({ system, user, text, notice }).filter(([, part]) => part !== '');
    const written = `${parts.map(([name, part]) => `[${name}]\n${part}\n\n`).join('')}[report]\n${JSON.stringify(report, null, 1)}\n`;
    const path = new URL(`golden/${name}.${format === 'markdown' ? 'md' : format}.txt`, import.meta.url);
    if (process.env.GOLDEN === 'write') writeFileSync(path, written);
    expect(written).toBe(readFileSync(path, 'utf8'));
  });
});
