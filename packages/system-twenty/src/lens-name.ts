import type { Content, Part } from '@contact-sync/contact';
import { subText, text } from './text.ts';

const join = (given: string, family: string): string => [given, family].filter((part) => part !== '').join(' ');

/**
 * First and last name, and the canonical name only where it is not just their join, so that editing first or last moves
 * it too. A contact with neither shows its canonical name as first name.
 */
function spelled(first: string, last: string, canonical: string): [string, string, string] {
  if (first === '' && last === '') return [canonical, '', ''];
  return [first, last, canonical === join(first, last) ? '' : canonical];
}

const isBare = (content: Content): boolean => content.given_name === undefined && content.family_name === undefined;

const expected = (content: Content) =>
  spelled(content.given_name ?? '', content.family_name ?? '', content.canonical_name);

export const namePart: Part = {
  content: ['canonical_name', 'given_name', 'family_name'],
  read: ({ name, canonicalName }) =>
    spelled(subText(name, 'firstName'), subText(name, 'lastName'), text(canonicalName)),
  expected,
  write(content) {
    const [firstName, lastName, canonicalName] = expected(content);
    return { name: { firstName, lastName }, canonicalName };
  },
  put({ name, canonicalName }, base) {
    const [first, last, canonical] = spelled(
      subText(name, 'firstName'),
      subText(name, 'lastName'),
      text(canonicalName),
    );
    if (first === '') {
      if (last !== '') return { family_name: last, canonical_name: canonical || last };
      // A name that was emptied altogether names nobody: the contact keeps the one it had.
      const { canonical_name, given_name, family_name } = base ?? {};
      return { canonical_name, given_name, family_name };
    }
    const stillBare = last === '' && canonical === '' && base !== null && isBare(base);
    if (stillBare) return { canonical_name: first };
    return {
      canonical_name: canonical || join(first, last),
      given_name: first,
      family_name: last || undefined,
    };
  },
};
