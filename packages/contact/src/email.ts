import emailAddresses from 'email-addresses';

/**
 * What no address holds outside quotes: blanks, what cannot be seen, and the signs of comments, groups, lists and names.
 * The parser would take some of it for comments and go back and forth over it: 0.4 seconds for 320 opening brackets.
 */
const BARE = /^(?:"(?:[^"\\]|\\.)*"|[^\s\p{Cc}\p{Cf}()<>[\]:;,"\\]+)@[^\s\p{Cc}\p{Cf}()<>;,"\\]+$/u;

/**
 * True for one bare address of RFC 5322, with the letters of RFC 6532: `ada@example.org`, `"a b"@example.org`,
 * `ada@[192.0.2.1]`, `zoë@exämple.org`. False for one with a name, a comment or blanks, and for the obsolete forms that
 * nobody may write any more.
 *
 * @param text of a bounded length: the time grows with its square
 */
export function isEmailAddress(text: string): boolean {
  return BARE.test(text) && emailAddresses.parseOneAddress({ input: text, rfc6532: true, strict: true }) !== null;
}
