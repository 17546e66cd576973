import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContactPromptBuilder, FORMATS, REDACTABLE_FIELDS, type RedactableField } from '../src/index.ts';
import { contact, shownContacts } from './arbitrary.ts';
import { readBack } from './read-back.ts';

const countTokens = (text: string) => Math.ceil(text.length / 4);
const builder = new ContactPromptBuilder({ countTokens });
const options = { budget: 1_000_000, now: '2026-05-01' } as const;
const redacted = async (content: object, redact: readonly RedactableField[]) => {
  const one = contact('42', { canonical_name: 'Ada Lovelace', category_code: 'B', ...content });
  const result = await builder.buildContactContext(one, { ...options, redact });
  const values = readBack(result.text, 'xml').contacts[0]?.values ?? [];
  return { ...result, of: (key: string) => values.filter(([name]) => name === key).map(([, value]) => value) };
};
const notes = (text: string) => ({ llm_context: { personality_notes: text } });

describe('a redacted field', () => {
  it('is shown as such, once, and only where it holds something', async () => {
    const { of, redactions } = await redacted({ emails: ['ada@x.test', 'a@y.test'] }, ['emails', 'phones']);
    expect([of('email'), of('phone')]).toEqual([['[redacted]'], []]);
    expect(redactions).toEqual([{ contact_id: '42', field: 'emails', count: 2 }]);
  });

  it.each([
    ['another case', 'I saw ADA LOVELACE.', 'I saw [redacted].'],
    ['a genitive', "Ada Lovelace's engine", "[redacted]'s engine"],
    ['marks around it', '"Ada Lovelace" (Ada Lovelace)', '"[redacted]" ([redacted])'],
    ['a line feed in it', 'Ada\n Lovelace', '[redacted]'],
    ['invisible characters in it', 'A\u200bda Love\u00adlace', '[redacted]'],
    ['accents', 'Adà Lôvelace', '[redacted]'],
    ['wide letters', 'Ａｄａ Ｌｏｖｅｌａｃｅ', '[redacted]'],
    ['a longer word around it', 'Ada Lovelaces, Nevada Lovelace', 'Ada Lovelaces, Nevada Lovelace'],
  ])('takes its value out of free text, with %s', async (_, text, expected) => {
    const { of } = await redacted(notes(text), ['canonical_name']);
    expect(of('personality_notes')).toEqual([expected]);
  });

  it('is found within a sentence of a script without blanks', async () => {
    const { of } = await redacted({ canonical_name: '李明', ...notes('我认识李明很久了。') }, ['canonical_name']);
    expect(of('personality_notes')).toEqual(['我认识[redacted]很久了。']);
  });

  it('takes names apart only as far as their own fields are hidden', async () => {
    const text = notes('Ada said so. Mrs. Lovelace agreed.');
    const names = { given_name: 'Ada', family_name: 'Lovelace' };
    const whole = await redacted({ ...names, ...text }, ['canonical_name']);
    expect(whole.of('personality_notes')).toEqual(['Ada said so. Mrs. Lovelace agreed.']);
    const parts = await redacted({ ...names, ...text }, ['canonical_name', 'given_name', 'family_name']);
    expect(parts.of('personality_notes')).toEqual(['[redacted] said so. Mrs. [redacted] agreed.']);
    expect(parts.redactions).toEqual([
      { contact_id: '42', field: 'canonical_name', count: 1 },
      { contact_id: '42', field: 'given_name', count: 2 },
      { contact_id: '42', field: 'family_name', count: 2 },
    ]);
  });

  it.each([
    ['emails', 'Write to someone.else+x@mail.example.org or not', 'Write to [redacted] or not'],
    ['phones', 'Call +1 (415) 555-2671 or 0171/2345678, room 101', 'Call [redacted] or [redacted], room 101'],
    ['phones', 'Call ٠١٢٣٤٥٦٧٨', 'Call [redacted]'],
    ['linkedin_url', 'See www.linkedin.com/in/other?x=1 there', 'See [redacted] there'],
  ] as const)('hides whatever looks like %s', async (field, text, expected) => {
    const { of } = await redacted(notes(text), [field]);
    expect(of('personality_notes')).toEqual([expected]);
  });

  it('of days is hidden in free text too, and phones hide no day', async () => {
    const content = {
      llm_context: { important_dates: [{ date: '1815-12-10', event: 'birth' }], personality_notes: 'Born 1815-12-10.' },
    };
    expect((await redacted(content, ['llm_context.important_dates'])).text).not.toMatch(/1815|birth|2026-12-10/);
    expect((await redacted(content, ['phones'])).of('date')).toEqual(['1815-12-10']);
  });

  it('is hidden as a whole where another one stands within it, or overlaps it', async () => {
    const content = { organization: 'Acme Big Corp Limited', job_title: 'Big Corp', linkedin_url: 'Limited Edition' };
    const { of } = await redacted({ ...content, ...notes('At Acme Big Corp Limited Edition now') }, [
      'organization',
      'job_title',
      'linkedin_url',
    ]);
    expect(of('personality_notes')).toEqual(['At [redacted] now']);
  });

  it('of one contact is hidden in all others, and counted where it stood', async () => {
    const ada = contact('1', { canonical_name: 'Ada', category_code: 'B', organization: 'Analytical Engines' });
    const bob = contact('2', { canonical_name: 'Bob', category_code: 'C', ...notes('Knows the Analytical Engines.') });
    const sources = { local: { fetchContacts: async () => new Map([ada, bob].map((one) => [one.contact_id, one])) } };
    const { text, redactions } = await new ContactPromptBuilder({ sources, countTokens }).buildMultiContactContext({
      ...options,
      source: 'local',
      contactIds: ['1', '2'],
      redact: ['organization'],
    });
    expect(text).not.toContain('Analytical');
    expect(redactions).toEqual([
      { contact_id: '1', field: 'organization', count: 1 },
      { contact_id: '2', field: 'organization', count: 1 },
    ]);
  });

  it.each(REDACTABLE_FIELDS)('%s leaves nothing of its value, in no format', async (field) => {
    const secret = 'quixotic zephyr';
    const [root = '', key] = field.split('.');
    const inField = /emails|phones|strengths|blind_spots|tensions|interests|topics/.test(field)
      ? [secret]
      : key === 'important_dates'
        ? [{ event: secret }]
        : secret;
    const special: Readonly<Record<string, object>> = {
      category_code: { category_code: 'H' },
      subcategory_code: { subcategory_code: 'Bquixotic zephyr' },
      'llm_context.closeness_level': { llm_context: { closeness_level: 9 } },
      'llm_context.emotional_depth': { llm_context: { emotional_depth: 9 } },
    };
    const content = special[field] ?? (key === undefined ? { [root]: inField } : { llm_context: { [key]: inField } });
    const one = contact('42', { canonical_name: 'Ada', category_code: 'B', ...content });
    const other = field === 'llm_context.tensions' ? 'strengths' : 'tensions';
    const elsewhere = {
      ...one,
      llm_context: { ...one.llm_context, [other]: ['Quixotic Zephyr!', 'Bquixotic zephyr'] },
    };
    for (const format of FORMATS) {
      const { text } = await builder.buildContactContext(elsewhere, { ...options, format, redact: [field] });
      expect(text).toMatch(/\[redacted\\?\]/);
      if (!(field in special)) expect(text).not.toMatch(/ quixotic|"quixotic|>quixotic/i);
      expect(text).not.toMatch(/hostile|9 of 10/);
    }
  });

  it('leaves its values nowhere, whatever stands around them', async () => {
    const value = fc.array(fc.constantFrom('zog', 'Quib', 'vex', '嬲嬲', '-', 'ß', '7', '@'), {
      minLength: 3,
      maxLength: 5,
    });
    const around = fc.constantFrom(' ', '. ', ', ', ' (', '"', ' x ', '/', '\n');
    await fc.assert(
      fc.asyncProperty(
        shownContacts,
        fc.array(value, { minLength: 1, maxLength: 4 }),
        fc.array(around, { minLength: 2, maxLength: 6 }),
        async (contacts, words, separators) => {
          const values = words.map((parts) => `zog${parts.join(' ')}`);
          const text = `${separators.flatMap((separator, index) => [separator, values[index % values.length] ?? '']).join('')} `;
          const all = contacts.map((one, index) => ({
            ...one,
            ...(index === 0 ? { organization: values[0], emails: values } : {}),
            canonical_name: `Somebody ${text}`,
            llm_context: { ...one.llm_context, current_state: text, important_dates: [{ date: text, event: text }] },
          }));
          const sources = { local: { fetchContacts: async () => new Map(all.map((one) => [one.contact_id, one])) } };
          const { text: shown } = await new ContactPromptBuilder({ sources, countTokens }).buildMultiContactContext({
            ...options,
            source: 'local',
            contactIds: all.map(({ contact_id }) => contact_id),
            format: 'json',
            redact: ['organization', 'emails'],
          });
          const written = readBack(shown, 'json').contacts.flatMap(({ values }) => values.map(([, text]) => text));
          for (const value of values)
            for (const text of written) expect(text.toLowerCase()).not.toContain(value.toLowerCase());
        },
      ),
      { numRuns: 25 },
    );
  });

  it('changes the fence, which depends on what is shown', async () => {
    const one = await redacted({ organization: 'Engines' }, ['organization']);
    const other = await redacted({ organization: 'Looms' }, ['organization']);
    expect(one.text).toBe(other.text);
    expect((await redacted({ organization: 'Looms' }, [])).fence).not.toBe(one.fence);
  });

  it('takes no more than linear time over texts that are alike all through', async () => {
    const text = 'ada '.repeat(20_000);
    const started = performance.now();
    await redacted(
      { llm_context: { how_met: `${text}b`, current_state: text, relationship_arc: '1-'.repeat(30_000) } },
      ['llm_context.how_met', 'phones', 'emails'],
    );
    // A tenth of a second here; words times words would be minutes.
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
