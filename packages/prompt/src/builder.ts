import type { Contact } from '@contact-sync/contact';
import { admit } from './admission.ts';
import { factsOf } from './blocks.ts';
import { fit, type Surroundings } from './budget.ts';
import { documentOf, keptOf } from './document.ts';
import { ExcludedContactError } from './errors.ts';
import { fenceOf, NONCE_LABEL } from './fence.ts';
import { fetchFrom, type Sources } from './fetcher.ts';
import {
  type ContextOptions,
  contactIdsOf,
  type MultiContactOptions,
  type PromptOptions,
  type Settings,
  settingsOf,
  trustedText,
} from './options.ts';
import { redact } from './redaction.ts';
import { type ContactContext, type ContactPrompt, type Excluded, type Report, shares } from './report.ts';
import { type CountTokens, loadO200kCounter } from './tokens.ts';

/** What a {@link ContactPromptBuilder} works with. Without sources it tells of contacts that the caller has. */
export interface PromptBuilderParts {
  /** Where contacts are fetched from, by name. */
  readonly sources?: Sources | undefined;
  /** How tokens are counted. Default: as o200k_base does, loaded when first needed. */
  readonly countTokens?: CountTokens | undefined;
  /** A secret, so that nobody else can compute the name of a fence. Default: a fixed label, no secret. */
  readonly nonceKey?: string | Uint8Array | undefined;
}

/**
 * Makes text for language models out of contacts: within a token budget, fenced as data, never one of category X. The
 * same input gives the same bytes.
 */
export class ContactPromptBuilder {
  readonly #sources: Sources;
  readonly #nonceKey: string | Uint8Array;
  #countTokens: CountTokens | undefined;

  constructor({ sources = {}, countTokens, nonceKey = NONCE_LABEL }: PromptBuilderParts = {}) {
    this.#sources = sources;
    this.#countTokens = countTokens;
    this.#nonceKey = nonceKey;
  }

  /**
   * One contact that the caller has, as fenced data. Tell the model `notice` in the system part.
   *
   * @throws {ExcludedContactError} when it must not be shown
   * @throws {BudgetTooSmallError} when its name does not fit
   * @throws {PromptOptionError} for options that cannot be meant
   */
  async buildContactContext(contact: Contact, options: ContextOptions): Promise<ContactContext> {
    const settings = settingsOf(options);
    return this.#context([admitted(contact, null, settings)], [], settings, 1);
  }

  /**
   * One contact from a source, as a prompt: instructions in `system` alone, the question and the fenced data in `user`.
   *
   * @throws {ExcludedContactError} when it must not be shown or is not there
   * @throws {BudgetTooSmallError} when the base prompt, the question and its name do not fit
   * @throws {PromptOptionError} for options that cannot be meant; what the fetcher throws
   */
  async buildPromptWithContact(options: PromptOptions): Promise<ContactPrompt> {
    const settings = settingsOf(options);
    const basePrompt = trustedText(options.basePrompt, 'basePrompt');
    const question = trustedText(options.question ?? '', 'question');
    const ids = contactIdsOf([options.contactId]);
    const found = await fetchFrom(this.#sources, options.source, ids);
    const contacts = ids.map((id) => {
      if (!found.has(id)) throw new ExcludedContactError('NOT_FOUND', id);
      return admitted(found.get(id), id, settings);
    });

    const preamble = question === '' ? '' : `${question}\n`;
    const { text, system, ...report } = await this.#build(contacts, [], settings, 1, (notice) => ({
      system: basePrompt === '' ? notice : `${basePrompt}\n\n${notice}`,
      preamble,
      foreign: [basePrompt, question],
    }));
    return { system: system ?? '', user: preamble + text, ...report };
  }

  /**
   * Many contacts from a source, as fenced data. When room is short, all of them are told in less detail before any is
   * left out; those that must not be shown are in `excluded`.
   *
   * @throws {BudgetTooSmallError} when not even the fence fits
   * @throws {PromptOptionError} for options that cannot be meant; what the fetcher throws
   */
  async buildMultiContactContext(options: MultiContactOptions): Promise<ContactContext> {
    const settings = settingsOf(options);
    const ids = contactIdsOf(options.contactIds);
    const found = await fetchFrom(this.#sources, options.source, ids);
    const contacts: Contact[] = [];
    const excluded: Excluded[] = [];
    for (const id of ids) {
      if (!found.has(id)) {
        excluded.push({ contact_id: id, code: 'NOT_FOUND' });
        continue;
      }
      const admission = admit(found.get(id), id, settings.uncategorized);
      if (admission.admitted) contacts.push(admission.contact);
      else excluded.push({ contact_id: id, code: admission.code });
    }
    return this.#context(contacts, excluded, settings, 0);
  }

  async #context(
    contacts: readonly Contact[],
    excluded: readonly Excluded[],
    settings: Settings,
    least: 0 | 1,
  ): Promise<ContactContext> {
    const {
      text,
      system: _,
      ...report
    } = await this.#build(contacts, excluded, settings, least, () => ({
      system: null,
      preamble: '',
      foreign: [],
    }));
    return { text, notice: settings.format.notice(report.fence), ...report };
  }

  /**
   * @param around what stands beside the data, and of it what the fence must not be in
   */
  async #build(
    contacts: readonly Contact[],
    excluded: readonly Excluded[],
    settings: Settings,
    least: 0 | 1,
    around: (notice: string) => Surroundings & { readonly foreign: readonly string[] },
  ): Promise<Report & { readonly text: string; readonly system: string | null }> {
    this.#countTokens ??= await loadO200kCounter();
    const { format, formatName, today, budget } = settings;
    const facts = contacts.map((contact) => factsOf(contact, today));
    const shown = redact(facts, settings.redact);
    const { foreign } = around('');
    const fence = fenceOf(this.#nonceKey, formatName, shown.contacts, foreign);
    const beside = around(format.notice(fence));
    const documents = shown.contacts.map(documentOf);
    const { text, tokens, units } = fit(
      { format, fence, contacts: documents },
      beside,
      this.#countTokens,
      budget,
      least,
    );
    return {
      text,
      system: beside.system,
      tokens,
      ...shares(documents, keptOf(documents, units)),
      excluded,
      redactions: shown.redactions,
      fence,
    };
  }
}

function admitted(input: unknown, expected: string | null, settings: Settings): Contact {
  const admission = admit(input, expected, settings.uncategorized);
  if (!admission.admitted) throw new ExcludedContactError(admission.code, admission.contact_id);
  return admission.contact;
}
