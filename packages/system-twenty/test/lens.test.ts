import { type Content, canonicalJson, type Json, parseContent } from '@contact-sync/contact';
import { contents } from '@contact-sync/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLens } from '../src/lens.ts';
import { personMapping } from '../src/mapping.ts';

const lens = createLens(personMapping());
const { changesFor } = lens;

const read = (fields: Record<string, Json>, base: Content | null) => {
  const parsed = parseContent(lens.fromRecord(fields, base));
  if (!parsed.ok) throw new Error(parsed.problems.map(({ code, field }) => `${code} ${field}`).join());
  return parsed.content;
};

const ada: Content = {
  canonical_name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  emails: ['not an address', 'Ada@Example.com'],
  phones: ['0612345678', '+14155552671'],
  organization: 'Analytical Engines',
  linkedin_url: 'https://LinkedIn.com/in/Ada/',
};

const edited = (content: Content, edit: Record<string, Json>) => read({ ...lens.toRecord(content), ...edit }, content);

describe('the laws of the lens', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(contents, (content) => {
        expect(lens.fromRecord(lens.toRecord(content), content)).toEqual(content);
        expect(lens.same(lens.toRecord(content), content)).toBe(true);
        expect(changesFor(lens.toRecord(content), content)).toEqual({});
      }),
    );
  });

  it('finds a record that means another content different, and writes what makes it the same', () => {
    fc.assert(
      fc.property(contents, contents, (one, other) => {
        const fields = lens.toRecord(one);
        expect(lens.same({ ...fields, ...changesFor(fields, other) }, other)).toBe(true);
      }),
    );
  });

  it('counts a record as unedited once its edit was accepted, whatever it was edited to', () => {
    fc.assert(
      fc.property(contents, contents, (base, edit) => {
        const fields = lens.toRecord(edit);
        const parsed = parseContent(lens.fromRecord(fields, base));
        if (parsed.ok) expect(lens.same(fields, parsed.content)).toBe(true);
      }),
    );
  });

  it('takes what Twenty does not hold from the base', () => {
    fc.assert(
      fc.property(contents, contents, (base, edit) => {
        expect(Reflect.get(Object(lens.fromRecord(lens.toRecord(edit), base)), 'organization')).toEqual(
          base.organization,
        );
      }),
    );
    expect(lens.holds.has('organization')).toBe(false);
  });

  it('is not disturbed by another order of keys in llmContext', () => {
    const content: Content = { canonical_name: 'A', llm_context: { how_met: 'b', a: { z: 1, y: [1.5] } } };
    const { llm_context: context } = content;
    const turned = Object.fromEntries(Object.entries(context ?? {}).reverse()) as Json;
    expect(lens.same({ ...lens.toRecord(content), llmContext: turned }, content)).toBe(true);
  });
});

describe('names', () => {
  it('change the canonical name with them where it was their join', () => {
    expect(edited(ada, { name: { firstName: 'Ada', lastName: 'King' } }).canonical_name).toBe('Ada King');
  });

  it('leave a canonical name of its own alone', () => {
    const doctor = { ...ada, canonical_name: 'Dr. Lovelace' };
    expect(lens.toRecord(doctor).canonicalName).toBe('Dr. Lovelace');
    expect(edited(doctor, { name: { firstName: 'Ada', lastName: 'King' } })).toEqual({
      ...doctor,
      family_name: 'King',
    });
  });

  it('show the canonical name as first name where there is none, and take an edit of it back', () => {
    const acme: Content = { canonical_name: 'Acme' };
    expect(lens.toRecord(acme).name).toEqual({ firstName: 'Acme', lastName: '' });
    expect(edited(acme, { name: { firstName: 'Acme Ltd', lastName: '' } })).toEqual({ canonical_name: 'Acme Ltd' });
  });

  it('of a record born in Twenty make its canonical name', () => {
    const born = { name: { firstName: ' Grace', lastName: 'Hopper ' } };
    expect(read(born, null)).toEqual({ canonical_name: 'Grace Hopper', given_name: 'Grace', family_name: 'Hopper' });
  });

  it('that were emptied altogether leave the contact the name it had', () => {
    const content = edited(ada, { name: { firstName: '', lastName: '' } });
    expect(content.canonical_name).toBe('Ada Lovelace');
  });
});

describe('lists', () => {
  it('keep what Twenty cannot hold at its place when the rest is edited', () => {
    expect(edited(ada, { emails: { primaryEmail: 'king@example.com', additionalEmails: [] } }).emails).toEqual([
      'not an address',
      'king@example.com',
    ]);
  });

  it('keep the spelling of an address that was not edited', () => {
    const emails = { primaryEmail: 'new@example.com', additionalEmails: ['ada@example.com'] };
    expect(edited(ada, { emails }).emails).toEqual(['not an address', 'new@example.com', 'Ada@Example.com']);
  });

  it('of phones read numbers that Twenty took apart', () => {
    const phones = {
      primaryPhoneNumber: '612345678',
      primaryPhoneCountryCode: 'FR',
      primaryPhoneCallingCode: '+33',
      additionalPhones: [{ number: '4155552671', callingCode: '+1', countryCode: 'US' }],
    };
    expect(edited(ada, { phones }).phones).toEqual(['0612345678', '+33612345678', '+14155552671']);
  });

  it('that were emptied in Twenty are emptied, but for what it never showed', () => {
    const phones = { primaryPhoneNumber: '', primaryPhoneCallingCode: '', additionalPhones: [] };
    expect(edited(ada, { phones }).phones).toEqual(['0612345678']);
  });
});

describe('what Twenty shows otherwise than it would be written', () => {
  it('is a link all the same: host in lower case, no slash at the end, decoded, with a scheme', () => {
    expect(lens.toRecord(ada).linkedinLink).toEqual({ primaryLinkUrl: ada.linkedin_url });
    for (const [url, shown] of [
      ['https://LinkedIn.com/in/Ada/', 'https://linkedin.com/in/Ada'],
      ['linkedin.com/in/ada', 'https://linkedin.com/in/ada'],
      ['https://linkedin.com/in/j%C3%B6rg', 'https://linkedin.com/in/j\u00f6rg'],
    ] as const) {
      const content: Content = { canonical_name: 'A', linkedin_url: url };
      expect(edited(content, { linkedinLink: { primaryLinkUrl: shown, secondaryLinks: [] } })).toEqual(content);
    }
  });

  it('is no link where Twenty might refuse it or turn it into another: that stays with the contact', () => {
    for (const url of [
      'ada on linkedin',
      'ada',
      'https://linkedin.com:8080/in/ada',
      'https://linkedin.com:443/in/ada',
      'https://user@linkedin.com/in/ada',
      'https://linkedin.com/in/ada#about',
      'https://linkedin.com/in/../ada',
      'https://linkedin.com/in\\ada',
      'https://linkedin.com/in/a da',
      'https://127.0.0.1/in/ada',
      'https://xn--bcher-kva.example/ada',
      'mailto:ada@example.com',
    ]) {
      const content: Content = { canonical_name: 'A', linkedin_url: url };
      expect(lens.toRecord(content).linkedinLink).toEqual({ primaryLinkUrl: '' });
      expect(edited(content, { jobTitle: 'Countess' })).toEqual({ ...content, job_title: 'Countess' });
    }
  });

  it('counts as unedited once it was accepted, and is not erased by a write of something else', () => {
    const phones = { primaryPhoneNumber: '12345678', primaryPhoneCallingCode: '+800', additionalPhones: [] };
    const fields = { ...lens.toRecord(ada), phones };
    const accepted = read(fields, ada);
    expect(accepted.phones).toEqual(['0612345678', '+80012345678']);
    expect(lens.same(fields, accepted)).toBe(true);
    expect(changesFor(fields, { ...accepted, job_title: 'Countess' })).toEqual({ jobTitle: 'Countess' });
  });

  it('is no edit where the name was emptied, and the name is written again', () => {
    const fields = { ...lens.toRecord(ada), name: { firstName: ' ', lastName: '' } };
    expect(lens.same(fields, ada)).toBe(true);
    expect(changesFor(fields, ada)).toMatchObject({ name: { firstName: 'Ada', lastName: 'Lovelace' } });
  });
});

it('a value that is no valid contact is told as a problem and not hidden', () => {
  const parsed = parseContent(lens.fromRecord({ ...lens.toRecord(ada), categoryCode: 'Z' }, ada));
  expect(parsed.ok ? [] : parsed.problems.map(({ code }) => code)).toEqual(['INVALID_CATEGORY']);
  expect(canonicalJson(lens.toRecord(ada))).not.toContain('Analytical');
});
