import { createHmac } from 'node:crypto';
import type { ContactFacts, Value } from './blocks.ts';

/** Keeps nonces of this package apart from others made of the same text. Not a secret: see {@link fenceOf}. */
export const NONCE_LABEL = 'contact-sync prompt fence';

/**
 * The name of the fence around the data: `contact-data-` and 24 hex digits. They are made of all that is to be shown,
 * so the same input has the same fence, and whoever writes a part of it cannot know them before he has written it: to
 * quote the fence he would have to find a text that holds its own hash. With a key that is kept secret, nobody can
 * compute them afterwards either.
 *
 * @param contacts all that would be shown with room enough, so that the fence does not change with the budget
 * @param foreign other text beside the fence: an earlier answer, quoted in a question, may hold one
 * @param isTaken for tests, which cannot find such a text either
 */
export function fenceOf(
  key: string | Uint8Array,
  format: string,
  contacts: readonly ContactFacts[],
  foreign: readonly string[],
  isTaken = (nonce: string) => holds(contacts, foreign, nonce),
): string {
  const hmac = createHmac('sha256', key).update(format);
  // One by one: JSON of all of them at once would double what is in memory.
  for (const { contact_id, facts } of contacts)
    hmac.update(
      JSON.stringify([contact_id, facts.map(({ block, name, values }) => [block, name, values.map(written)])]),
    );
  const seed = hmac.digest('hex');
  let nonce = seed.slice(0, DIGITS);
  for (let counter = 1; isTaken(nonce); counter++)
    nonce = createHmac('sha256', key).update(`${seed}:${counter}`).digest('hex').slice(0, DIGITS);
  return `contact-data-${nonce}`;
}

const DIGITS = 24;

const written = ({ key, text }: Value): readonly string[] => [key, text];

const holds = (contacts: readonly ContactFacts[], foreign: readonly string[], nonce: string): boolean =>
  foreign.some((text) => text.includes(nonce)) ||
  contacts.some(({ facts }) => facts.some(({ values }) => values.some(({ text }) => text.includes(nonce))));
