/** Why a contact is in no prompt. Stable: programs decide by it. */
export type ExclusionCode =
  | 'CATEGORY_X' // its category, or its subcategory, is X: the person is to be left out
  | 'CATEGORY_UNKNOWN' // its category is none of A to H: what cannot be judged is not shown
  | 'CATEGORY_MISSING' // it has no category, and `uncategorized: 'include'` was not asked for
  | 'NOT_FOUND' // the source does not have it
  | 'INVALID_CONTACT'; // it is no valid contact, or another one than was asked for

/**
 * What this package throws. Decide by `code`, never by the message. Neither holds anything of a contact but its id, and
 * no `cause` is kept: the cause of an invalid contact may quote it.
 */
export abstract class PromptError extends Error {
  /** Stable, in capitals. */
  readonly code: string;
  /** What a person should do. */
  readonly advice: string;

  constructor(code: string, message: string, advice: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.advice = advice;
  }
}

const WHY: Readonly<Record<ExclusionCode, readonly [message: string, advice: string]>> = {
  CATEGORY_X: [
    'is excluded: category X',
    'Leave this person out. To have them in prompts, change their category first.',
  ],
  CATEGORY_UNKNOWN: ['has a category that is none of A to H', 'Give the contact one of the categories A to H.'],
  CATEGORY_MISSING: [
    'has no category',
    "Give the contact a category, or pass uncategorized: 'include' if contacts without one may be shown.",
  ],
  NOT_FOUND: ['is not in the source', 'Check the id, or wait until the contact has been synchronised to this source.'],
  INVALID_CONTACT: ['is no valid contact', 'See what parseContent of @contact-sync/contact says of it, and mend it.'],
};

/** The one contact that was asked for must not, or cannot, be shown. Among many it is reported in `excluded` instead. */
export class ExcludedContactError extends PromptError {
  declare readonly code: ExclusionCode;
  /** `null` when what was given has no valid id. */
  readonly contact_id: string | null;

  constructor(code: ExclusionCode, contactId: string | null) {
    const [message, advice] = WHY[code];
    super(code, `contact ${contactId ?? 'without a valid id'} ${message}`, advice);
    this.contact_id = contactId;
  }
}

/** Not even the frame (and for one contact its first line) fits. Code `BUDGET_TOO_SMALL`. */
export class BudgetTooSmallError extends PromptError {
  /** Tokens that were allowed. */
  readonly budget: number;
  /** Tokens that are enough for the least there is to say. */
  readonly needed: number;

  constructor(budget: number, needed: number) {
    super(
      'BUDGET_TOO_SMALL',
      `a budget of ${budget} tokens is too small: ${needed} are needed at least`,
      'Raise the budget, or shorten the base prompt and the question: they are never cut.',
    );
    this.budget = budget;
    this.needed = needed;
  }
}

/**
 * The caller passed something that cannot be meant: `INVALID_BUDGET`, `INVALID_NOW`, `INVALID_FORMAT`,
 * `INVALID_REDACTION`, `INVALID_CONTACT_ID`, `INVALID_PROMPT`, `INVALID_OPTION`, `INVALID_COUNTER`, `UNKNOWN_SOURCE`,
 * `INVALID_FETCH`.
 */
export class PromptOptionError extends PromptError {}
