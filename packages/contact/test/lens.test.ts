import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Content, canonicalJson, contentSchema, type Json, lensOf, type Part } from '../src/index.ts';
import { contents } from './arbitrary.ts';

const whole: Part = {
  content: ['job_title'],
  read: ({ title = null }) => title,
  expected: ({ job_title }) => job_title ?? null,
  write: ({ job_title }) => ({ title: job_title ?? null }),
  put: ({ title }) => (title === null ? {} : { job_title: title }),
};
/** Holds the first address and nothing of the others. */
const first: Part = {
  content: ['emails'],
  partial: true,
  read: ({ email = null }) => email,
  expected: ({ emails }) => emails?.[0] ?? null,
  write: ({ emails }) => ({ email: emails?.[0] ?? null }),
  put({ email }, base) {
    const rest = base?.emails?.slice(1).filter((other) => other !== email) ?? [];
    const emails = email === null ? rest : [email, ...rest];
    return emails.length === 0 ? {} : { emails };
  },
};
const lens = lensOf([whole, first]);
const json = (content: Content | unknown) => canonicalJson(content as Json);

describe('a record that lacks the fields of a part', () => {
  it('says nothing of it, whatever the base holds', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const { title: _, ...without } = lens.toRecord(content);
        expect(lens.same(without, content)).toBe(true);
        expect(json(lens.fromRecord(without, content))).toBe(json(content));
      }),
    );
  });

  it('stands for the head there, however old it is', () => {
    const [stood, latest] = [
      { canonical_name: 'Ann', job_title: 'old' },
      { canonical_name: 'Ann', job_title: 'new' },
    ];
    expect(lens.over(stood, latest, { email: null })).toEqual(latest);
    expect(lens.over(stood, latest, { title: 'old', email: null })).toEqual(stood);
  });

  it('is not one in which it was emptied', () => {
    const content: Content = { canonical_name: 'Ann', job_title: 'Cook' };
    expect(lens.same({ title: null, email: null }, content)).toBe(false);
    expect(lens.fromRecord({ title: null, email: null }, content)).toEqual({ canonical_name: 'Ann' });
  });
});

describe('what a record stands for under a newer head', () => {
  it('is the older version in what the system holds, and the head in the rest', () => {
    const stood: Content = { canonical_name: 'Ann', job_title: 'old', emails: ['a@x.org', 'b@x.org'] };
    const latest: Content = { canonical_name: 'Anna', job_title: 'new', emails: ['a@x.org', 'c@x.org'] };
    expect(lens.over(stood, latest)).toEqual({
      canonical_name: 'Anna',
      job_title: 'old',
      emails: ['a@x.org', 'c@x.org'],
    });
    expect(lens.over({ canonical_name: 'Ann', emails: ['z@x.org'] }, latest)).toEqual({
      canonical_name: 'Anna',
      emails: ['z@x.org', 'c@x.org'],
    });
  });

  it('is valid content that the unedited record still stands for, whatever the two are', () => {
    fc.assert(
      fc.property(contents, contents, (stood, latest) => {
        const over = lens.over(stood, latest);
        expect(contentSchema.safeParse(over).success).toBe(true);
        expect(lens.same(lens.toRecord(stood), over)).toBe(true);
        expect(json(lens.fromRecord(lens.toRecord(stood), over))).toBe(json(over));
        expect(over.canonical_name).toBe(latest.canonical_name);
      }),
    );
  });

  it('is the version itself where there is no newer one', () => {
    fc.assert(
      fc.property(contents, (content) => {
        expect(json(lens.over(content, content))).toBe(json(content));
      }),
    );
  });
});
