/** Who calls, and what they are called in the record of what was done. */
import type { Actor } from '@contact-sync/sync';
import type { Request } from 'express';
import type { Admitted, Proof } from '../guard.ts';
import { Refusal } from '../problem.ts';
import type { Session } from '../session.ts';

/** Who calls. */
export interface Caller extends Actor {
  /** `null`: nobody who had to be let in. */
  readonly proof: Proof | null;
  readonly session: Session | null;
}

/** Who looks after a hub that needs no token, and gives no name. */
const NAMELESS = 'operator';
const MAX_NAME = 200;

/** @throws {Refusal} `BAD_REQUEST` for an `X-Operator` that is no name */
export function callerOf(request: Request, { proof, session }: Admitted): Caller {
  if (proof !== 'bearer') return { by: session?.operator ?? NAMELESS, via: 'console', proof, session };
  return { by: operatorOf(request.get('X-Operator')) ?? 'api', via: 'api', proof, session: null };
}

/** Somebody on a route that is open to everybody. */
export const stranger = (session: Session | null): Caller => ({
  by: session?.operator ?? NAMELESS,
  via: 'console',
  proof: null,
  session,
});

/** Whether a text can be somebody's name in the record: what is not seen, or turns a line around, cannot. */
export const isName = (text: string): boolean =>
  text !== '' && text.length <= MAX_NAME && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text);

function operatorOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  const name = decoded(header).trim();
  if (isName(name)) return name;
  const errors = [{ field: 'X-Operator', message: `is no name of 1 to ${MAX_NAME} characters` }];
  throw new Refusal(400, 'BAD_REQUEST', 'the request cannot be read', { errors });
}

/** Node reads headers as Latin-1, which some programs send; most send UTF-8. */
function decoded(header: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    return header;
  }
}
