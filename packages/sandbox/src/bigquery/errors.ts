/** An answer that is not 200, in the form of Google's REST errors. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly location: string | undefined;

  constructor(status: number, reason: string, message: string, location?: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.location = location;
  }

  body(): object {
    const detail = {
      domain: 'global',
      reason: this.reason,
      message: this.message,
      ...(this.location === undefined ? {} : { location: this.location, locationType: 'other' }),
    };
    return {
      error: { code: this.status, message: this.message, errors: [detail], status: STATUS[this.status] ?? 'UNKNOWN' },
    };
  }
}

const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  413: 'FAILED_PRECONDITION',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
};

/** SQL that BigQuery would refuse, or that this sandbox does not know: it never guesses. */
export const invalidQuery = (message: string): ApiError => new ApiError(400, 'invalidQuery', message, 'query');
export const invalid = (message: string): ApiError => new ApiError(400, 'invalid', message);
export const notFound = (what: string): ApiError => new ApiError(404, 'notFound', `Not found: ${what}`);
export const duplicate = (what: string): ApiError => new ApiError(409, 'duplicate', `Already Exists: ${what}`);
