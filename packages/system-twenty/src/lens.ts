import {
  type Content,
  canonicalJson,
  type Fields,
  type Json,
  type Lens,
  lensOf,
  type Part,
  parseContent,
} from '@contact-sync/contact';
import { emailsPart } from './lens-emails.ts';
import { linkPart } from './lens-link.ts';
import { namePart } from './lens-name.ts';
import { phonesPart } from './lens-phones.ts';
import { text } from './text.ts';

/** A content field that Twenty holds as plain text. */
const textPart = (key: string, field: 'job_title' | 'category_code' | 'subcategory_code'): Part => ({
  content: [field],
  read: (fields) => text(fields[key]),
  expected: (content) => content[field] ?? '',
  write: (content) => ({ [key]: content[field] ?? '' }),
  put: (fields) => ({ [field]: text(fields[key]) || undefined }),
});

/** jsonb keeps neither the order of keys nor the spelling of numbers: the normal form and RFC 8785 have neither. */
const llmContextPart: Part = {
  content: ['llm_context'],
  read: ({ llmContext = null }) => normalJson(llmContext),
  // Content is JSON: parseContent let nothing else through.
  expected: (content) => (content.llm_context ?? null) as Json,
  write: (content) => ({ llmContext: (content.llm_context ?? null) as Json }),
  put: ({ llmContext }) => ({ llm_context: llmContext ?? undefined }),
};

/** In normal form where it is a valid context; as it stands where it is not, so that the problem is found later. */
function normalJson(value: Json): Json {
  if (value === null) return null;
  const parsed = parseContent({ canonical_name: '-', llm_context: value });
  return parsed.ok ? ((parsed.content.llm_context ?? null) as Json) : value;
}

/** `organization` is missing on purpose: Twenty knows companies as records of their own, not as a text of a person. */
const PARTS: readonly Part[] = [
  namePart,
  emailsPart,
  phonesPart,
  linkPart,
  textPart('jobTitle', 'job_title'),
  textPart('categoryCode', 'category_code'),
  textPart('subcategoryCode', 'subcategory_code'),
  llmContextPart,
];

/** The names of all fields of a person that the lens reads. */
export const LENS_FIELDS = [
  'name',
  'canonicalName',
  'emails',
  'phones',
  'linkedinLink',
  'jobTitle',
  'categoryCode',
  'subcategoryCode',
  'llmContext',
] as const;

const exact = lensOf(PARTS);

/** Between a contact and a person of Twenty. */
export const lens: Lens = {
  ...exact,
  same: (fields, content) => PARTS.every((part) => standsFor(part, fields, content)),
};

/**
 * Also true when the record's side is spelled unlike what would be written, yet means this very content: else such a
 * record would count as edited for ever.
 */
function standsFor(part: Part, fields: Fields, content: Content): boolean {
  if (isExact(part, fields, content)) return true;
  const meant = parseContent({ ...content, ...emptied(part), ...part.put(fields, content) });
  return meant.ok && canonicalJson(meant.content as Json) === canonicalJson(content as Json);
}

const emptied = (part: Part) => Object.fromEntries(part.content.map((field) => [field, undefined]));

/**
 * What has to be written so that the record stands for the content: parts that already do are left alone, so that a
 * write disturbs neither a user who edits another field meanwhile nor what the hub does not know (labels, more links).
 */
export const changesFor = (fields: Fields, content: Content): Fields =>
  Object.assign({}, ...PARTS.filter((part) => !standsIn(part, fields, content)).map((part) => part.write(content)));

/** An emptied name stands for any, but has to be written again. */
const standsIn = (part: Part, fields: Fields, content: Content): boolean =>
  part === namePart ? isExact(part, fields, content) : standsFor(part, fields, content);

const isExact = (part: Part, fields: Fields, content: Content): boolean =>
  canonicalJson(part.read(fields)) === canonicalJson(part.expected(content));
