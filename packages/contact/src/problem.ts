/** Why a record cannot be a valid contact. Stable: people filter dead letters by these. */
export type ProblemCode =
  | 'REQUIRED' // a field that every contact has is missing or empty
  | 'WRONG_TYPE' // the field holds another type than the contact's
  | 'INVALID_CATEGORY' // category_code is not one of A to H or X
  | 'INVALID_SUBCATEGORY' // subcategory_code does not begin with its category_code
  | 'OUT_OF_RANGE' // a number or date outside its bounds
  | 'INVALID_TEXT' // text that some system cannot store (NUL), or keeps but one of
  | 'TOO_LARGE'; // longer than the bound of its field, or the contact as a whole

/** Why something is no whole contact: its content, its id or its sync metadata. */
export type ContactProblemCode =
  | ProblemCode
  | 'INVALID_ID' // contact_id is text, but not the decimal form of an INT64
  | 'INVALID_TIMESTAMP'; // last_updated is text, but no ISO 8601 instant with an offset in the years 0001 to 9999

/** What the validator finds: the problems of a contact, and what the hub carries as it is but a person should look at. */
export type FindingCode =
  | ContactProblemCode
  | 'INVALID_EMAIL' // not an address by RFC 5322 and RFC 6532
  | 'INVALID_PHONE' // not E.164, or no number that its country could have given out
  | 'INVALID_DATE' // written like an ISO 8601 date or time, but there is none such
  | 'TOO_MANY'; // more was found than is listed: the last finding, and its message says how many

/** One thing that is wrong with one field. Never holds the field's value: it travels through queues and logs. */
export interface Problem<Code extends FindingCode = ProblemCode> {
  readonly code: Code;
  /**
   * Path as `llm_context.important_dates.0.date`, places in lists as they were handed over; empty for the contact as a
   * whole, `*` for a key of somebody's own.
   */
  readonly field: string;
  /** English, for the person who mends it. */
  readonly message: string;
}
