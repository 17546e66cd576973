import { CONTENT_FIELDS, type Content, contentSchema, type Json, parseContent } from '@contact-sync/contact';
import { contents } from '@contact-sync/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTwenty, DEFAULT_PERSON_MAPPING, mappingProblems, type PersonMapping } from '../src/index.ts';
import { createLens } from '../src/lens.ts';
import { LLM_FIELDS, MAPPED_FIELDS, personMapping } from '../src/mapping.ts';
import { MAPPINGS, POOR, RICH } from './mappings.ts';

const lensOf = (mapping: PersonMapping) => createLens(personMapping(mapping));

describe.each(MAPPINGS)('the laws under %s', (_, mapping) => {
  const lens = lensOf(mapping);

  it('what was written is read back as exactly the contact', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const fields = lens.toRecord(content);
        expect(lens.fromRecord(fields, content)).toEqual(content);
        expect(lens.same(fields, content)).toBe(true);
        expect(lens.changesFor(fields, content)).toEqual({});
      }),
    );
  });

  it('what is not held comes from the base', () => {
    fc.assert(
      fc.property(contents, contents, (base, edit) => {
        const read: unknown = lens.fromRecord(lens.toRecord(edit), base);
        for (const field of CONTENT_FIELDS)
          if (!lens.holds.has(field)) expect(Reflect.get(Object(read), field)).toEqual(base[field]);
      }),
    );
  });

  it('what is written is what makes the record another contact', () => {
    fc.assert(
      fc.property(contents, contents, (one, other) => {
        const fields = lens.toRecord(one);
        expect(lens.same({ ...fields, ...lens.changesFor(fields, other) }, other)).toBe(true);
      }),
    );
  });

  it('a record whose edit was accepted counts as unedited', () => {
    fc.assert(
      fc.property(contents, contents, (base, edit) => {
        const fields = lens.toRecord(edit);
        const parsed = parseContent(lens.fromRecord(fields, base));
        if (parsed.ok) expect(lens.same(fields, parsed.content)).toBe(true);
      }),
    );
  });

  it('a record that is behind the head stands for a content that it shows', () => {
    fc.assert(
      fc.property(contents, contents, (stood, latest) => {
        const over = lens.over(stood, latest);
        expect(lens.same(lens.toRecord(stood), over)).toBe(true);
        expect(parseContent(over).ok).toBe(true);
        expect(lens.over(stood, stood)).toEqual(stood);
        for (const field of CONTENT_FIELDS) if (!lens.holds.has(field)) expect(over[field]).toEqual(latest[field]);
      }),
    );
  });
});

describe('a record that is behind the head', () => {
  const stood: Content = {
    canonical_name: 'Ada',
    emails: ['Ada@Example.com', 'her old desk'],
    linkedin_url: 'ada on linkedin',
    llm_context: { how_met: 'by letter', blind_spots: ['odds'] },
  };
  const latest: Content = {
    canonical_name: 'Ada',
    emails: ['her desk', 'king@example.com'],
    linkedin_url: 'ada at linkedin',
    llm_context: { how_met: 'at court', blind_spots: ['ends'] },
  };

  it('has of the head what Twenty does not hold, and of its own version what it shows', () => {
    expect(lensOf(RICH).over(stood, latest)).toEqual({
      canonical_name: 'Ada',
      emails: ['her desk', 'ada@example.com'],
      linkedin_url: 'ada at linkedin',
      llm_context: { how_met: 'by letter', blind_spots: ['ends'] },
    });
  });
});

describe('a mapping', () => {
  it('holds by default what it always did', () => {
    expect(mappingProblems(DEFAULT_PERSON_MAPPING)).toEqual([]);
    expect([...lensOf({ fields: {}, sync: {} }).holds]).not.toContain('organization');
    expect([...lensOf(POOR).holds]).toEqual(['canonical_name', 'given_name', 'family_name']);
    expect(lensOf(RICH).holds).toEqual(new Set(CONTENT_FIELDS));
  });

  it('knows every key of llm_context that a contact has', () => {
    expect(Object.keys(LLM_FIELDS).sort()).toEqual(Object.keys(contentSchema.shape.llm_context.unwrap().shape).sort());
    expect(MAPPED_FIELDS).toHaveLength(CONTENT_FIELDS.length - 2 + Object.keys(LLM_FIELDS).length);
  });

  it.each<[string, PersonMapping['fields'], string[]]>([
    ['a name that Twenty does not take', { organization: 'my_company' }, ['fields.organization']],
    ['a name of a field that Twenty has itself', { organization: 'position' }, ['fields.organization']],
    [
      'a field of Twenty’s own for something else',
      { organization: 'jobTitle', job_title: 'role' },
      ['fields.organization'],
    ],
    [
      'a field of one’s own for addresses',
      { emails: 'myEmails', linkedin_url: 'link' },
      ['fields.emails', 'fields.linkedin_url'],
    ],
    ['one field for two', { organization: 'x', 'llm_context.how_met': 'x' }, ['fields.llm_context.how_met']],
    ['a field that the sync needs', { organization: 'syncVersion' }, ['fields.organization']],
    ['a category without its subcategory', { category_code: null }, ['fields.category_code, fields.subcategory_code']],
    ['a key alone', { llm_context: null, 'llm_context.how_met': 'howMet' }, ['fields.llm_context.how_met']],
  ])('is refused for %s', (_, fields, blamed) => {
    expect(mappingProblems({ fields, sync: {} }).map((problem) => problem.split(': ')[0])).toEqual(blamed);
  });

  it('is refused with all its problems at once, before anything is opened', () => {
    const mapping = { fields: { organization: 'a_b', nope: 'x', job_title: 7 }, sync: { version: 'id', other: 'x' } };
    // As it might come from a file that nobody checked.
    const open = () =>
      createTwenty({ url: '', apiKey: '', webhookSecret: '', mapping: mapping as unknown as PersonMapping });
    expect(open).toThrow(TypeError);
    for (const blamed of ['fields.organization', 'fields.nope', 'fields.job_title', 'sync.version', 'sync.other'])
      expect(open).toThrow(blamed);
  });
});

describe('a key of llm_context with a field of its own', () => {
  const lens = lensOf(RICH);
  const content: Content = {
    canonical_name: 'Ada',
    llm_context: {
      how_met: 'by letter',
      closeness_level: 7,
      key_interests: ['engines'],
      blind_spots: ['odds'],
      extra: 1,
    },
  };
  const edited = (edit: Record<string, Json>) => lens.fromRecord({ ...lens.toRecord(content), ...edit }, content);

  it('is not in the JSON, which holds the rest', () => {
    expect(lens.toRecord(content)).toMatchObject({
      howMet: 'by letter',
      closeness: 7,
      depth: null,
      interests: ['engines'],
      constructor: null,
      llmContext: { extra: 1 },
    });
  });

  it('is edited there, and the other keys stay, held or not', () => {
    expect(edited({ closeness: 9, howMet: '', llmContext: { extra: 2 } })).toEqual({
      ...content,
      llm_context: { closeness_level: 9, key_interests: ['engines'], blind_spots: ['odds'], extra: 2 },
    });
  });

  it('may be written into the JSON as well, where its own field is empty', () => {
    const llmContext = { extra: 1, current_state: 'well', how_met: 'at court', blind_spots: ['none'] };
    expect(edited({ llmContext })).toEqual({
      ...content,
      llm_context: { ...content.llm_context, current_state: 'well' },
    });
  });

  it('is told as a problem when it cannot be', () => {
    const parsed = parseContent(edited({ closeness: 11 }));
    expect(parsed.ok ? [] : parsed.problems.map(({ field }) => field)).toEqual(['llm_context.closeness_level']);
  });
});

describe('a canonical name that is not held', () => {
  const lens = lensOf(POOR);
  const base: Content = { canonical_name: 'Dr. Lovelace', given_name: 'Ada', family_name: 'Lovelace' };
  const named = (firstName: string, lastName: string) => ({ name: { firstName, lastName } });

  it('stays when the name is edited, unless it was the join of both', () => {
    expect(lens.fromRecord(named('Ada', 'King'), base)).toEqual({ ...base, family_name: 'King' });
    const joined = { ...base, canonical_name: 'Ada Lovelace' };
    expect(lens.fromRecord(named('Ada', 'King'), joined)).toMatchObject({ canonical_name: 'Ada King' });
  });

  it('is shown as first name where there is none', () => {
    expect(lens.toRecord({ canonical_name: 'Acme' })).toEqual(named('Acme', ''));
    expect(lens.fromRecord(named('Acme Ltd', ''), { canonical_name: 'Acme' })).toEqual({ canonical_name: 'Acme Ltd' });
  });
});
