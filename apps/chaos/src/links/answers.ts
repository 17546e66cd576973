/** What a system's HTTP interface may answer in place of the truth. */
import type { Verdict } from '@contact-sync/testkit';

export const ANSWER_FAULTS = ['500', '503', '429', 'garbage', 'half a body', 'nothing'] as const;
export type AnswerFault = (typeof ANSWER_FAULTS)[number];

const HTML = '<!doctype html><html><head><title>Bad gateway</title></head><body>\u{1f408} {"data": [';

export const VERDICTS: Readonly<Record<AnswerFault, Verdict>> = {
  '500': { status: 500, body: { message: 'internal' } },
  '503': { status: 503, headers: { 'content-type': 'text/plain' }, text: 'upstream unavailable' },
  '429': { status: 429, headers: { 'retry-after': '1' }, body: { message: 'slow down' } },
  garbage: { status: 200, text: HTML },
  'half a body': 'halve',
  // The connection breaks when the fault is over; until then the caller knows nothing.
  nothing: 'stall',
};
