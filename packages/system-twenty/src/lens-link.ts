import type { Part } from '@contact-sync/contact';
import { z } from 'zod';
import { subText } from './text.ts';

const webAddress = z.httpUrl();

const withScheme = (url: string): string => (/^\w+:\/\//.test(url) ? url : `https://${url}`);

/**
 * One spelling for the addresses that versions of Twenty turn into each other: the host in lower case, no slashes at
 * the end, `%xx` decoded or not, the scheme added or not.
 */
function spelled(url: string): string {
  const [, host = '', rest = ''] = /^(\w+:\/\/[^/?#]*)(.*)$/s.exec(withScheme(url)) ?? [];
  return host.toLowerCase() + settled(rest);
}

/** What is longer is no contact's. Decoding `%252525…` takes as many rounds as it is long, and each as long. */
const MAX_LINK = 2_000;

/** Decoded as often as something is left to decode: an address may have been through more than one version. */
function settled(rest: string): string {
  let shown = rest;
  if (rest.length > MAX_LINK) return rest;
  for (;;) {
    const before = shown;
    while (shown.endsWith('/')) shown = shown.slice(0, -1);
    try {
      shown = decodeURIComponent(shown).normalize('NFC');
    } catch {
      // A `%` that begins no character stays, and with it all the others.
    }
    if (shown === before) return shown;
  }
}

/** Twenty refuses what looks like no web address, and a URL parser may rewrite the path: such ones stay with the base. */
function held(url: string): boolean {
  const whole = withScheme(url);
  if (/[\s\\]/.test(url) || !webAddress.safeParse(whole).success) return false;
  const { origin, pathname, search, port, hostname } = new URL(whole);
  // Versions disagree about the names of other alphabets. A user, a fragment and a standard port are lost in the sum.
  return port === '' && !hostname.includes('xn--') && spelled(origin + pathname + search) === spelled(url);
}

const expected = (url: string | undefined): string => (url !== undefined && held(url) ? spelled(url) : '');

export const linkPart: Part = {
  content: ['linkedin_url'],
  read: ({ linkedinLink }) => {
    const url = subText(linkedinLink, 'primaryLinkUrl');
    return url === '' ? '' : spelled(url);
  },
  expected: (content) => expected(content.linkedin_url),
  write: ({ linkedin_url: url }) => ({
    linkedinLink: { primaryLinkUrl: url !== undefined && held(url) ? url : '' },
  }),
  put({ linkedinLink }, base) {
    const url = subText(linkedinLink, 'primaryLinkUrl');
    if (url !== '') return { linkedin_url: url };
    const before = base?.linkedin_url;
    return { linkedin_url: before !== undefined && !held(before) ? before : undefined };
  },
};
