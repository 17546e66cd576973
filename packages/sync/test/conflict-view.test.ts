/** A conflict as people see it, and what their choice makes of it. */
import { type ContactId, type Content, contentHash, timestamp } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import {
  type Choice,
  choiceOf,
  conflictFields,
  type OpenConflict,
  type SideChoice,
  type Version,
} from '../src/index.ts';

const contact_id = '7' as ContactId;
const last_updated = timestamp('2026-11-22T12:00:00Z');

const conflictOf = (...contents: (Content | null)[]): OpenConflict => ({
  conflict_id: '7-2',
  contact_id,
  version: 2,
  last_updated,
  events: 1,
  candidates: contents.map((content) => ({
    system: 'local',
    record_id: null,
    content,
    content_hash: contentHash(content),
    last_updated_by: 'ann',
  })),
});
const versionOf = (content: Content | null): Version => ({
  contact_id,
  version: 1,
  last_updated,
  last_updated_by: 'ann',
  content,
  content_hash: contentHash(content),
});

const base: Content = { canonical_name: 'Ada', job_title: 'Analyst', emails: ['a@b.co'], llm_context: { own: 1 } };
const here: Content = { ...base, job_title: 'Countess' };
const there: Content = { canonical_name: 'Ada', emails: ['a@b.co'], llm_context: { own: 2, how_met: 'by mail' } };

describe('the fields of a conflict', () => {
  it('are those of every side in the order of the model: where sides differ, and who changed what both began with', () => {
    expect(conflictFields(conflictOf(here, there), versionOf(base))).toEqual([
      { field: 'canonical_name', base: 'Ada', values: ['Ada', 'Ada'], differs: false, changed: [false, false] },
      { field: 'emails', base: ['a@b.co'], values: [['a@b.co'], ['a@b.co']], differs: false, changed: [false, false] },
      { field: 'job_title', base: 'Analyst', values: ['Countess', null], differs: true, changed: [true, true] },
      { field: 'llm_context.how_met', base: null, values: [null, 'by mail'], differs: true, changed: [false, true] },
      { field: 'llm_context.own', base: 1, values: [1, 2], differs: true, changed: [false, true] },
    ]);
  });

  it('of three sides differ where any does, be it only the last', () => {
    const third = { ...here, organization: 'Engines' };
    const fields = conflictFields(conflictOf(here, here, third), versionOf(base));
    expect(fields.filter(({ differs }) => differs)).toEqual([
      {
        field: 'organization',
        base: null,
        values: [null, null, 'Engines'],
        differs: true,
        changed: [false, false, true],
      },
    ]);
    expect(fields.find(({ field }) => field === 'job_title')).toMatchObject({ changed: [true, true, true] });
  });

  it('are all new where there is no version before', () => {
    const changes = conflictFields(conflictOf(here, there), null).map(({ field, base: was, changed }) => [
      field,
      was,
      changed,
    ]);
    expect(changes).toContainEqual(['canonical_name', null, [true, true]]);
    expect(changes).toContainEqual(['job_title', null, [true, false]]);
  });

  it('of a side that is a deletion are none: it took each of them out', () => {
    const fields = conflictFields(conflictOf(base, null), versionOf(base));
    expect(fields.map(({ values }) => values[1])).toEqual([null, null, null, null]);
    expect(fields.every(({ differs, changed }) => differs && !changed[0] && changed[1])).toBe(true);
    expect(conflictFields(conflictOf(null, null), null)).toEqual([]);
  });
});

describe('a choice', () => {
  const conflict = conflictOf(here, there);
  const made = (choice: SideChoice, before: Version | null = versionOf(base)): Choice =>
    choiceOf(conflict, before, choice);
  const sides = (fields: Extract<SideChoice, { fields: unknown }>['fields']) => made({ fields });

  it('for a candidate or for a content by hand is taken as it is', () => {
    const by = { candidate: contentHash(there) };
    expect(made(by)).toBe(by);
    expect(made({ content: there })).toEqual({ content: there });
  });

  it('by fields takes each from its side, and leaves the others as the canonical candidate has them', () => {
    expect(sides({})).toEqual({ content: here });
    expect(sides({ 'llm_context.own': contentHash(there) })).toEqual({ content: { ...here, llm_context: { own: 2 } } });
    expect(sides({ job_title: 'base', 'llm_context.how_met': contentHash(there) })).toEqual({
      content: { ...base, llm_context: { own: 1, how_met: 'by mail' } },
    });
  });

  it('by fields takes out what its side has not', () => {
    const { job_title: _, ...titleless } = here;
    expect(sides({ job_title: contentHash(there) })).toEqual({ content: titleless });
    // The canonical side has it not: it is put in.
    expect(choiceOf(conflictOf(there, here), null, { fields: { job_title: contentHash(here) } })).toEqual({
      content: { ...there, job_title: 'Countess' },
    });
  });

  it.each<[string, SideChoice, Version | null]>([
    ['NO_SUCH_FIELD', { fields: { organization: contentHash(there) } }, versionOf(base)],
    ['NO_SUCH_FIELD', { fields: JSON.parse(`{"__proto__": "base"}`) }, versionOf(base)],
    ['NO_SUCH_CANDIDATE', { fields: { job_title: contentHash({ canonical_name: 'nobody' }) } }, versionOf(base)],
    // That it is not known must not take the field out.
    ['NO_SUCH_CANDIDATE', { fields: { job_title: 'base' } }, null],
    ['CANDIDATE_DELETED', { fields: { job_title: 'base' } }, versionOf(null)],
  ])('by fields fails with %s: %j', (code, choice, before) => {
    expect(() => made(choice, before)).toThrow(expect.objectContaining({ code }));
  });

  it('by fields cannot take one of a deletion', () => {
    const deleted: SideChoice = { fields: { job_title: contentHash(null) } };
    expect(() => choiceOf(conflictOf(here, null), null, deleted)).toThrow(
      expect.objectContaining({ code: 'CANDIDATE_DELETED' }),
    );
  });
});
