import type { Content, Fields, Part } from '@contact-sync/contact';
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

const isJoin = ({ canonical_name, given_name = '', family_name = '' }: Content): boolean =>
  canonical_name === join(given_name, family_name);

/** @param field holds the canonical name; `null`: only Twenty's own name is there, and a canonical name of its own stays */
export function namePart(field: string | null): Part {
  const shown = (content: Content) =>
    spelled(content.given_name ?? '', content.family_name ?? '', content.canonical_name);

  function expected(content: Content): [string, string, string] {
    const [first, last, canonical] = shown(content);
    return [first, last, field === null ? '' : canonical];
  }

  const read = (fields: Fields) =>
    spelled(
      subText(fields.name, 'firstName'),
      subText(fields.name, 'lastName'),
      field === null ? '' : text(fields[field]),
    );

  return {
    content: ['canonical_name', 'given_name', 'family_name'],
    read,
    expected,
    write(content) {
      const [firstName, lastName, canonical] = expected(content);
      return { name: { firstName, lastName }, ...(field === null ? {} : { [field]: canonical }) };
    },
    put(fields, base) {
      const [first, last, canonical] = read(fields);
      if (first === '') {
        if (last !== '') return { family_name: last, canonical_name: canonical || unseen(base) || last };
        // A name that was emptied altogether names nobody: the contact keeps the one it had.
        const { canonical_name, given_name, family_name } = base ?? {};
        return { canonical_name, given_name, family_name };
      }
      const stillBare = last === '' && canonical === '' && base !== null && isBare(base);
      if (stillBare) return { canonical_name: first };
      return {
        canonical_name: canonical || unseen(base) || join(first, last),
        given_name: first,
        family_name: last || undefined,
      };
    },
  };

  /** A canonical name that could not be edited because it was not shown. */
  function unseen(base: Content | null): string {
    return field !== null || base === null || isBare(base) || isJoin(base) ? '' : base.canonical_name;
  }
}
