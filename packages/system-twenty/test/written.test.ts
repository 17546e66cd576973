import type { Content, Json } from '@contact-sync/contact';
import { contents } from '@contact-sync/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PersonMapping } from '../src/index.ts';
import { createLens } from '../src/lens.ts';
import { MAPPED_FIELDS, personMapping, typeOf } from '../src/mapping.ts';
import { recordReader } from '../src/person.ts';
import { POOR, RICH, WITH_ORGANIZATION } from './mappings.ts';

/** Mappings that turn the same fields to different uses. */
const ALL = [
  { fields: {}, sync: {} },
  WITH_ORGANIZATION,
  { fields: RICH.fields, sync: {} },
  POOR,
  { fields: { organization: 'jobCopy', job_title: 'organization', emails: null }, sync: {} },
  { fields: { organization: 'role', job_title: 'jobCopy', canonical_name: 'howMet', phones: null }, sync: {} },
  { fields: { category_code: 'organization', subcategory_code: 'role', 'llm_context.how_met': null }, sync: {} },
  { fields: { llm_context: 'interests', 'llm_context.key_interests': 'llmContext' }, sync: {} },
].map((mapping: PersonMapping) => {
  const complete = personMapping(mapping);
  return { fields: complete.fields, lens: createLens(complete), read: recordReader(complete, () => {}) };
});

/** As if every mapping had been installed: a text that nobody wrote is empty. */
const NOBODY: Readonly<Record<string, Json>> = Object.fromEntries(
  ALL.flatMap(({ fields }) =>
    MAPPED_FIELDS.flatMap((field) => {
      const name = fields[field];
      return typeof name === 'string' ? [[name, typeOf(field) === 'TEXT' ? '' : null] as const] : [];
    }),
  ),
);

const time = '2026-01-01T00:00:00.000Z';
const personWith = (values: Readonly<Record<string, Json>>) => ({
  id: 'a person',
  createdAt: time,
  updatedAt: time,
  deletedAt: null,
  contactId: '1',
  syncVersion: 1,
  note: values.syncMapping ?? null,
  updatedBy: { source: 'API', workspaceMemberId: null },
  values,
});

const mapping = fc.constantFrom(...ALL);

it('whatever mappings a person was written under, under any it stands for what was written last', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(mapping, contents), { minLength: 1, maxLength: 5 }), (deliveries) => {
      let values = NOBODY;
      let isNew = true;
      for (const [{ lens, read }, content] of deliveries) {
        const { fields } = read(personWith(values));
        const written = isNew ? lens.toRecord(content) : lens.changesFor(fields, content);
        values = { ...values, ...written, ...lens.note(isNew ? null : fields) };
        isNew = false;
        expect(lens.isCurrent(read(personWith(values)).fields)).toBe(true);
        for (const later of ALL) {
          const shown = later.read(personWith(values)).fields;
          expect(later.lens.same(shown, content)).toBe(true);
          expect(later.lens.fromRecord(shown, content)).toEqual(content);
        }
      }
    }),
    { numRuns: 40 },
  );
});

it('what somebody fills in under a new mapping is heard', () => {
  fc.assert(
    fc.property(mapping, contents, contents, (before, content, edit) => {
      const values = { ...NOBODY, ...before.lens.toRecord(content), ...before.lens.note(null) };
      const heard = (field: 'organization' | 'job_title', wanted: Content) => {
        for (const { fields, lens, read } of ALL) {
          const name = fields[field];
          const held = new Set(Object.values(before.fields)).has(name ?? '');
          if (typeof name !== 'string' || (held && before.fields[field] !== name) || !wanted[field]) continue;
          const shown = read(personWith({ ...values, [name]: wanted[field] })).fields;
          expect(lens.fromRecord(shown, content)).toMatchObject({ [field]: wanted[field] });
        }
      };
      heard('organization', edit);
      heard('job_title', edit);
    }),
  );
});
