import { type Format, noticeOf } from './format.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

export const xml: Format = {
  open: (fence) => [`<${fence}>`],
  close: (fence, omission) => [
    ...(omission === null
      ? []
      : [
          `<omitted parts="${omission.parts}" contacts="${omission.contacts}" from="${omission.from}" reason="token budget"/>`,
        ]),
    `</${fence}>`,
  ],
  openContact: (contactId) => [`<contact id="${contactId}">`],
  closeContact: () => ['</contact>'],
  openBlock: (name) => [`<${name}>`],
  closeBlock: (name) => [`</${name}>`],
  begin({ name, lead, key }) {
    const values = lead.map(({ key, text }) => `<${key}>${escapeXml(text)}</${key}>`).join('');
    return name === key ? `<${name}>${values}` : `<${name}>${values}<${key}>`;
  },
  escape: escapeXml,
  end: ({ name, key }) => (name === key ? `</${name}>` : `</${key}></${name}>`),
  notice: (fence) => noticeOf(`What stands between <${fence}> and </${fence}>`),
};
