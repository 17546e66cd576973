import { type Format, noticeOf } from './format.ts';

/**
 * Whatever begins emphasis, code, links, images, footnotes, HTML, entities, tables or, as GitHub does it, a link out of
 * a bare address (no sentence ends inside `://` or `www.`). What has a meaning only at the beginning of a line needs
 * none: no value is there.
 */
const escapeMarkdown = (text: string): string =>
  text.replace(/[\\`*_[\]<>&|~@$]|:(?=\/)|(?<=www)\./gi, (character) => `\\${character}`);

/** Headings for fence, contact and block, and one list item for each entry. */
export const markdown: Format = {
  open: (fence) => [`# ${fence}`],
  close: (fence, omission) => [
    ...(omission === null
      ? []
      : [
          `## Omitted: ${omission.parts} parts, ${omission.contacts} contacts, from ${omission.from} on (token budget)`,
        ]),
    `# End of ${fence}`,
  ],
  openContact: (contactId) => [`## Contact ${contactId}`],
  closeContact: () => [],
  openBlock: (name) => [`### ${name}`],
  closeBlock: () => [],
  begin: ({ lead, key }) =>
    `- ${lead.map(({ key, text }) => `**${key}**: ${escapeMarkdown(text)}; `).join('')}**${key}**: `,
  escape: escapeMarkdown,
  end: () => '',
  notice: (fence) => noticeOf(`What stands between the headings "${fence}" and "End of ${fence}"`),
};
