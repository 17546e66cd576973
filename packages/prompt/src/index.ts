export { BLOCKS, type BlockName } from './blocks.ts';
export { ContactPromptBuilder, type PromptBuilderParts } from './builder.ts';
export {
  BudgetTooSmallError,
  ExcludedContactError,
  type ExclusionCode,
  PromptError,
  PromptOptionError,
} from './errors.ts';
export { type ContactFetcher, SOURCES, type SourceName } from './fetcher.ts';
export {
  type ContextOptions,
  FORMATS,
  type FormatName,
  type MultiContactOptions,
  type PromptOptions,
} from './options.ts';
export { REDACTABLE_FIELDS, type RedactableField, type Redaction } from './redactable.ts';
export type { ContactContext, ContactPrompt, Dropped, Excluded, Included, Report, Truncated } from './report.ts';
export { type CountTokens, loadO200kCounter } from './tokens.ts';
