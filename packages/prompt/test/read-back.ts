/**
 * Strict readers of the three formats: they take nothing but what the formats write, so that whatever a value could
 * begin would be an error here. They return the values as they read.
 */
import { BLOCKS, type FormatName } from '../src/index.ts';

export interface Reading {
  readonly fence: string;
  readonly contacts: readonly {
    readonly id: string;
    readonly values: readonly (readonly [key: string, text: string])[];
  }[];
  readonly omitted: boolean;
}

const KEY = '[a-z_]+';
const FENCE = 'contact-data-[0-9a-f]{24}';

export function readBack(text: string, format: FormatName): Reading {
  if (/[\p{C}\p{Default_Ignorable_Code_Point}]/u.test(text.replaceAll('\n', '')))
    throw new Error('something invisible');
  return format === 'xml' ? readXml(text) : format === 'json' ? readJson(text) : readMarkdown(text);
}

function readXml(text: string): Reading {
  const [open = '', ...lines] = text.split('\n');
  const fence = new RegExp(`^<(${FENCE})>$`).exec(open)?.[1] ?? fail(open);
  if (lines.pop() !== `</${fence}>`) fail('the end');
  const contacts: { id: string; values: [string, string][] }[] = [];
  let omitted = false;
  let block: string | null = null;
  for (const line of lines) {
    if (omitted) fail(line);
    const id = /^<contact id="(-?\d+)">$/.exec(line)?.[1];
    if (id !== undefined) contacts.push({ id, values: [] });
    else if (/^<omitted parts="\d+" contacts="\d+" from="[a-z_]+" reason="token budget"\/>$/.test(line)) omitted = true;
    else if (line === '</contact>' && block === null) continue;
    else if (block !== null && line === `</${block}>`) block = null;
    else if (block === null) block = BLOCKS.find((name) => line === `<${name}>`) ?? fail(line);
    else contacts.at(-1)?.values.push(...xmlEntry(line));
  }
  return { fence, contacts, omitted };
}

function xmlEntry(line: string): [string, string][] {
  const single = new RegExp(`^<(${KEY})>([^<>"']*)</\\1>$`).exec(line);
  if (single) return [[single[1] ?? '', unescapeXml(single[2] ?? '')]];
  const inner = new RegExp(`^<(${KEY})>((?:<(${KEY})>[^<>"']*</\\3>)+)</\\1>$`).exec(line)?.[2] ?? fail(line);
  return [...inner.matchAll(new RegExp(`<(${KEY})>([^<]*)</\\1>`, 'g'))].map(([, key = '', value = '']) => [
    key,
    unescapeXml(value),
  ]);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const unescapeXml = (text: string): string =>
  text.replace(/&([^;]*);?/g, (entity, name: string) => ENTITIES[name] ?? fail(entity));

function readJson(text: string): Reading {
  if (/[<>&\u2028\u2029]/.test(text)) fail('markup');
  const parsed: Record<string, unknown> = JSON.parse(text);
  const [fence = '', ...rest] = Object.keys(parsed);
  if (!new RegExp(`^${FENCE}$`).test(fence) || rest.some((key) => key !== 'omitted')) fail('keys');
  // The shape is what is checked: each part of it below throws if it is another.
  const contacts = parsed[fence] as readonly ({ contact_id: string } & Record<
    string,
    readonly Record<string, string>[]
  >)[];
  return {
    fence,
    omitted: 'omitted' in parsed,
    contacts: contacts.map(({ contact_id: id, ...blocks }) => ({
      id,
      values: Object.entries(blocks).flatMap(([block, entries]) =>
        BLOCKS.some((name) => name === block) ? entries.flatMap((entry) => Object.entries(entry)) : fail(block),
      ),
    })),
  };
}

function readMarkdown(text: string): Reading {
  const [open = '', ...lines] = text.split('\n');
  const fence = new RegExp(`^# (${FENCE})$`).exec(open)?.[1] ?? fail(open);
  if (lines.pop() !== `# End of ${fence}`) fail('the end');
  const contacts: { id: string; values: [string, string][] }[] = [];
  let omitted = false;
  for (const line of lines) {
    const id = /^## Contact (-?\d+)$/.exec(line)?.[1];
    if (id !== undefined) contacts.push({ id, values: [] });
    else if (/^## Omitted: \d+ parts, \d+ contacts, from [a-z_]+ on \(token budget\)$/.test(line)) omitted = true;
    else if (BLOCKS.some((name) => line === `### ${name}`)) continue;
    else if (line.startsWith('- **')) {
      // Bold is ours alone: a value's asterisks are escaped.
      const fields = [...line.slice(2).matchAll(/(?:^|; )(?<!\\)\*\*([a-z_]+)\*\*: /g)];
      fields.forEach((field, index) => {
        const from = 2 + field.index + field[0].length;
        const next = fields[index + 1];
        contacts
          .at(-1)
          ?.values.push([field[1] ?? '', unescapeMarkdown(line.slice(from, next ? 2 + next.index : undefined))]);
      });
    } else fail(line);
  }
  return { fence, contacts, omitted };
}

function unescapeMarkdown(text: string): string {
  const bare = text.replace(/ \[…\]$/, '').replace(/\\[\\`*_[\]<>&|~@$:.]/g, '');
  if (/[\\`*_[\]<>&|~@$]|:\/|www\./i.test(bare)) fail(`unescaped: ${bare}`);
  return text.replace(/\\(.)/gu, '$1');
}

function fail(where: string): never {
  throw new Error(`not what this format writes: ${where}`);
}
