import {
  ContactPromptBuilder,
  type CountTokens,
  type Excluded,
  ExcludedContactError,
  type FormatName,
  loadO200kCounter,
  PromptError,
  type RedactableField,
  type Report,
  type SourceName,
} from '@contact-sync/prompt';
import { withServices } from './configuration.ts';
import { contactIdOf } from './contact.ts';
import { printJson } from './print.ts';
import { type ExitCode, Failure, type Surroundings } from './surroundings.ts';

/** Of `prompt`. */
export interface PromptCommandOptions {
  readonly source: SourceName;
  readonly budget: number;
  readonly format: FormatName;
  readonly question: string;
  readonly basePrompt: string;
  readonly redact?: readonly RedactableField[];
  readonly uncategorized?: true;
  readonly json?: true;
}

/** Both parts of a prompt and what became of the contacts; `null` where nobody of them may be told of. */
type Prompt = Omit<Report, 'fence'> & { readonly system: string | null; readonly user: string | null };

/** Prints a prompt. Exits with 1 when it would tell of nobody. */
export async function prompt(
  around: Surroundings,
  ids: readonly string[],
  options: PromptCommandOptions,
): Promise<ExitCode> {
  for (const id of ids) contactIdOf(id);
  return await withServices(around, async ({ sources }) => {
    const built = await toldAsOurs(() => build(new ContactPromptBuilder({ sources }), [...new Set(ids)], options));
    for (const line of toldBeside(built)) around.err(line);
    if (options.json) printJson(around, built);
    else if (built.user !== null) around.out(`# system\n\n${built.system}\n\n# user\n\n${built.user}`);
    return built.user === null ? 1 : 0;
  });
}

async function build(
  builder: ContactPromptBuilder,
  ids: readonly string[],
  options: PromptCommandOptions,
): Promise<Prompt> {
  const { source, format, budget, question, basePrompt, redact = [] } = options;
  const uncategorized = options.uncategorized ? 'include' : 'exclude';
  const shared = { source, format, redact, uncategorized, now: new Date().toISOString() } as const;
  const [contactId, ...others] = ids;
  if (contactId === undefined || others.length > 0) return await many(builder, ids, options, shared);
  try {
    const { fence: _, ...told } = await builder.buildPromptWithContact({
      ...shared,
      budget,
      contactId,
      question,
      basePrompt,
    });
    return told;
  } catch (error) {
    if (error instanceof ExcludedContactError) return nobody([{ contact_id: contactId, code: error.code }]);
    throw error;
  }
}

const nobody = (excluded: readonly Excluded[]): Prompt => ({
  ...{ system: null, user: null, tokens: 0, excluded },
  ...{ included: [], truncated: [], dropped: [], redactions: [] },
});

type Shared = Omit<Parameters<ContactPromptBuilder['buildMultiContactContext']>[0], 'contactIds' | 'budget'>;

/** The budget is of the whole: what stands beside the data is counted, and the data told in less detail if need be. */
async function many(
  builder: ContactPromptBuilder,
  contactIds: readonly string[],
  { basePrompt, question, budget }: PromptCommandOptions,
  shared: Shared,
): Promise<Prompt> {
  const count: CountTokens = await loadO200kCounter();
  let left = Math.max(1, budget - count(basePrompt) - count(question));
  for (;;) {
    const {
      text,
      notice,
      fence: _,
      ...report
    } = await builder.buildMultiContactContext({ ...shared, contactIds, budget: left });
    if (report.included.length === 0 && report.dropped.length === 0) return nobody(report.excluded);
    const system = basePrompt === '' ? notice : `${basePrompt}\n\n${notice}`;
    const user = question === '' ? text : `${question}\n${text}`;
    const tokens = count(system) + count(user);
    if (tokens <= budget) return { ...report, system, user, tokens };
    if (left === 1)
      throw new Failure('BUDGET_TOO_SMALL', 'what is beside the contacts is all of the budget', 'Raise --budget.');
    left = Math.max(1, left - (tokens - budget));
  }
}

/** What is said beside the prompt: ids, codes and counts, nothing of a contact. */
function toldBeside({ tokens, truncated, dropped, excluded, user }: Prompt): readonly string[] {
  const left = excluded.map(({ contact_id, code }) => `left out: contact ${contact_id}: ${code}`);
  return user === null
    ? left
    : [...left, `${tokens} tokens, ${truncated.length} blocks cut, ${dropped.length} left out`];
}

async function toldAsOurs<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof PromptError) throw new Failure(error.code, error.message, error.advice);
    throw error;
  }
}
