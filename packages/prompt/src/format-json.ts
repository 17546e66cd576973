import { type Format, noticeOf } from './format.ts';

/** The inside of a JSON string. Beyond what JSON asks for, what would be markup or the end of a line elsewhere. */
const escapeJson = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** One JSON document. Commas stand at the beginning of lines, so that it is one wherever it is cut. */
export const json: Format = {
  open: (fence) => [`{"${fence}":[`],
  close: (_, omission) => [
    ']',
    ...(omission === null ? [] : [`,"omitted":${JSON.stringify({ ...omission, reason: 'token budget' })}`]),
    '}',
  ],
  openContact: (contactId, isFirst) => [`${isFirst ? '' : ','}{"contact_id":"${contactId}"`],
  closeContact: () => ['}'],
  openBlock: (name) => [`,"${name}":[`],
  closeBlock: () => [']'],
  begin({ lead, key }, isFirst) {
    const values = lead.map(({ key, text }) => `"${key}":"${escapeJson(text)}",`).join('');
    return `${isFirst ? '' : ','}{${values}"${key}":"`;
  },
  escape: escapeJson,
  end: () => '"}',
  notice: (fence) => noticeOf(`The value of the key "${fence}"`),
};
