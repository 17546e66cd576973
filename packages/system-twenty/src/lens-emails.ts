import type { Part } from '@contact-sync/contact';
import { z } from 'zod';
import { subList, subText, text, withUnheld } from './text.ts';

const address = z.email();

/** Twenty lower-cases addresses; newer ones also rewrite punycode domains, so those stay with the base. */
const spelled = (email: string): string => email.toLowerCase();
const held = (email: string): boolean => address.safeParse(spelled(email)).success && !/@(.*\.)?xn--/i.test(email);

const unique = (emails: readonly string[]): readonly string[] => [...new Set(emails)];

const read: Part['read'] = ({ emails }) =>
  unique(
    [subText(emails, 'primaryEmail'), ...subList(emails, 'additionalEmails').map(text)]
      .filter((email) => email !== '')
      .map(spelled),
  );

const expected = (emails: readonly string[] = []): readonly string[] => unique(emails.filter(held).map(spelled));

export const emailsPart: Part = {
  content: ['emails'],
  partial: true,
  read,
  expected: (content) => expected(content.emails),
  write(content) {
    const [primaryEmail = '', ...additionalEmails] = expected(content.emails);
    return { emails: { primaryEmail, additionalEmails } };
  },
  put(fields, base) {
    const before = base?.emails ?? [];
    const now = read(fields);
    if (!Array.isArray(now)) return {};
    const known = Map.groupBy(before, spelled);
    const exact = now.flatMap((email) => known.get(email) ?? [email]);
    return { emails: withUnheld(exact, before, held) };
  },
};
