import { CONTENT_FIELDS, parseContent } from '@contact-sync/contact';
import fc from 'fast-check';
import { expect } from 'vitest';
import { contents } from '../contents.ts';
import type { Register } from './register.ts';

export function registerLens(register: Register): void {
  register('a record that was not edited maps back to exactly its base', async ({ adapter: { lens } }) => {
    fc.assert(
      fc.property(contents, (content) => {
        const fields = lens.toRecord(content);
        expect(lens.fromRecord(fields, content)).toEqual(content);
        expect(lens.same(fields, content)).toBe(true);
      }),
    );
  });

  register('its fields are JSON, and mean the same after a way through JSON', async ({ adapter: { lens } }) => {
    fc.assert(
      fc.property(contents, (content) => {
        const fields = lens.toRecord(content);
        expect(lens.same(JSON.parse(JSON.stringify(fields)), content)).toBe(true);
      }),
    );
  });

  register('what the system cannot hold comes from the base, whatever was edited', async ({ adapter: { lens } }) => {
    const unheld = CONTENT_FIELDS.filter((field) => !lens.holds.has(field));
    fc.assert(
      fc.property(contents, contents, (base, edit) => {
        const read = Object(lens.fromRecord(lens.toRecord(edit), base));
        for (const field of unheld) expect(Reflect.get(read, field)).toEqual(base[field]);
      }),
    );
  });

  register('an edit counts as unedited once it was accepted', async ({ adapter: { lens } }) => {
    fc.assert(
      fc.property(contents, contents, (base, edit) => {
        const fields = lens.toRecord(edit);
        const accepted = parseContent(lens.fromRecord(fields, base));
        if (accepted.ok) expect(lens.same(fields, accepted.content)).toBe(true);
      }),
    );
  });

  register(
    'an old record with the newest of what it cannot hold stands for the same',
    async ({ adapter: { lens } }) => {
      const unheld = CONTENT_FIELDS.filter((field) => !lens.holds.has(field));
      fc.assert(
        fc.property(contents, contents, (stood, latest) => {
          const over = lens.over(stood, latest);
          expect(lens.same(lens.toRecord(stood), over)).toBe(true);
          for (const field of unheld) expect(over[field]).toEqual(latest[field]);
        }),
      );
    },
  );
}
