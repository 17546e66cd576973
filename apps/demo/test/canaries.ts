/** Words that stand nowhere but where somebody put them, and the search for where they have got to. */
import { randomBytes } from 'node:crypto';

export interface Canaries {
  /** A new word of letters and digits, long enough to be in no text by chance. */
  hatch(what: string): string;
  /** Ten digits, for what has to be a number. */
  number(what: string): string;
  /** Something secret that was made elsewhere. @returns it */
  adopt(what: string, value: string): string;
  /** Forgets a word: it was put into a place that is searched. */
  release(word: string): void;
  /** What of them is in a text, plainly, escaped for JSON or a URL, in hexadecimal or in base64. */
  in(where: string, text: string): readonly string[];
}

/** What all hatched words begin with: a text without it has none of them, and most have none. */
const BEGINNING = 'cnrycnry';

interface Form {
  readonly name: string;
  readonly text: string;
  readonly cased: boolean;
}

export function canaries(): Canaries {
  const words = new Map<string, { readonly what: string; readonly forms: readonly Form[] }>();
  const beginnings = formsOf(BEGINNING);
  const adopt = (what: string, value: string) => {
    words.set(value, { what, forms: formsOf(value) });
    return value;
  };
  return {
    adopt,
    hatch: (what) => adopt(what, `${BEGINNING}${randomBytes(9).toString('hex')}`),
    number: (what) =>
      adopt(what, `415${String(2_000_000 + (randomBytes(4).readUInt32BE() % 7_999_999)).padStart(7, '0')}`),
    release: (word) => void words.delete(word),
    in(where, text) {
      const lower = text.toLowerCase();
      const has = (form: Form) => (form.cased ? text : lower).includes(form.text);
      const hatched = beginnings.some(has);
      return [...words].flatMap(([word, { what, forms }]) => {
        if (word.startsWith(BEGINNING) && !hatched) return [];
        const found = forms.find(has);
        return found === undefined ? [] : [`${what} in ${where} (${found.name})`];
      });
    },
  };
}

function formsOf(value: string): readonly Form[] {
  const plain = (name: string, text: string): Form => ({ name, text: text.toLowerCase(), cased: false });
  return [
    plain('plain', value),
    plain('as JSON', JSON.stringify(value).slice(1, -1)),
    plain('in a URL', encodeURIComponent(value)),
    plain('in hexadecimal', Buffer.from(value).toString('hex')),
    ...[0, 1, 2].flatMap((offset) => inBase64(value, offset)),
  ];
}

/** Where it begins `offset` bytes after a group of three: without the characters that its neighbours have a part in. */
function inBase64(value: string, offset: number): readonly Form[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
  const skip = offset === 0 ? 0 : 4;
  return (['base64', 'base64url'] as const).map((encoding) => ({
    name: `in ${encoding}`,
    text: whole.toString(encoding).slice(skip),
    cased: true,
  }));
}

/** A contact whose every field, and every key of its own, is a canary. */
export function canaryContact(
  birds: Canaries,
  whose: string,
  given: { readonly email?: string; readonly organization?: string } = {},
) {
  const word = (field: string) => birds.hatch(`${whose}’s ${field}`);
  const text = (field: string) => `"${word(field)}" & Söhne\n`.trim();
  return {
    canonical_name: `${word('given name')} ${word('family name')}`,
    emails: [given.email ?? `${word('email')}@example.com`, `${word('second email')}@example.com`],
    phones: [`+1${birds.number(`${whose}’s phone`)}`],
    organization: given.organization ?? text('organization'),
    job_title: word('job title'),
    linkedin_url: `https://www.linkedin.com/in/${word('LinkedIn')}`,
    category_code: 'C',
    subcategory_code: 'C1',
    llm_context: {
      relationship_arc: text('arc'),
      communication_style: text('style'),
      key_interests: [text('interest')],
      personality_notes: text('notes'),
      important_dates: [{ date: word('date'), event: text('event'), significance: text('significance') }],
      conversation_topics: [text('topic')],
      emotional_depth: 3,
      closeness_level: 4,
      how_met: text('meeting'),
      current_state: text('state'),
      blind_spots: [text('blind spot')],
      strengths: [text('strength')],
      tensions: [text('tension')],
      [word('own key')]: { [word('key within')]: text('own value') },
    },
  };
}
