/** Why a record cannot be a valid contact. Stable: people filter dead letters by these. */
export type ProblemCode =
  | 'REQUIRED' // a field that every contact has is missing or empty
  | 'WRONG_TYPE' // the field holds another type than the contact's
  | 'INVALID_CATEGORY' // category_code is not one of A to H or X
  | 'INVALID_SUBCATEGORY' // subcategory_code does not begin with its category_code
  | 'OUT_OF_RANGE' // a number or date outside its bounds
  | 'INVALID_TEXT' // text that some system cannot store (NUL), or keeps but one of
  | 'TOO_LARGE'; // longer than the bound of its field, or the contact as a whole

/** One thing that is wrong with one field. Never holds the field's value: it travels through queues and logs. */
export interface Problem {
  readonly code: ProblemCode;
  /** Path as `llm_context.important_dates.0.date`; empty for the contact as a whole, `*` for a key of somebody's own. */
  readonly field: string;
  /** English, for the person who mends it. */
  readonly message: string;
}
