/** An answer other than success, with the body to send. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** @param message as a real server words it */
export const badRequest = (message: string): Refusal =>
  new Refusal(400, { statusCode: 400, error: 'BadRequestException', messages: [message] });

/** Bad input whose refusal was not recorded: 400 as for all that was, in words of our own. */
export const badInput = (what: string): Refusal => badRequest(`the sandbox cannot take this: ${what}`);

/** The one refusal that was seen to carry a code. */
export const badPhone = (number: string): Refusal =>
  new Refusal(400, {
    statusCode: 400,
    error: 'Error',
    messages: [`Provided phone number is invalid ${number}`],
    code: 'INVALID_PHONE_NUMBER',
  });

export const notFound = (): Refusal =>
  new Refusal(404, { statusCode: 404, error: 'NotFoundException', messages: ['Record not found'] });

/** Not observed on a real server, so not imitated: whoever needs it must find out first. */
export const notImitated = (what: string): Refusal =>
  new Refusal(501, { statusCode: 501, error: 'NotImitated', messages: [`the sandbox does not imitate ${what}`] });
