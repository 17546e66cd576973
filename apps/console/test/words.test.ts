import { describe, expect, test } from 'vitest';
import { summaryOf as hourOf, rowsOf } from '../web/logic/flow.ts';
import { contentOf } from '../web/logic/hand.ts';
import { FRESH_MS, stateOf } from '../web/logic/link.ts';
import { summaryOf } from '../web/logic/summary.ts';
import { ago, lasting, milliseconds } from '../web/logic/time.ts';
import { placeOf, problemsOf, webAddress } from '../web/logic/words.ts';

describe('times', () => {
  const now = Date.parse('2026-01-02T12:00:00Z');
  test.each([
    ['2026-01-02T11:59:58.123456Z', 'now'],
    ['2026-01-02T11:59:15Z', '45 seconds ago'],
    ['2026-01-02T11:57:00Z', '3 minutes ago'],
    ['2026-01-01T11:00:00Z', 'yesterday'],
    ['2025-11-01T00:00:00Z', '2 months ago'],
    ['not a time', 'not a time'],
  ])('%s is %s', (instant, words) => expect(ago(instant, now)).toBe(words));

  test('lengths have two units at most', () => {
    expect([40, 125, 7_500, 90_000, 3_600].map(lasting)).toEqual(['40 s', '2 min 5 s', '2 h 5 min', '1 d 1 h', '1 h']);
    expect([840.4, 2_449, 185_000].map(milliseconds)).toEqual(['840 ms', '2.4 s', '3 min 5 s']);
  });
});

test('only addresses of the web become links', () => {
  expect(webAddress('https://www.linkedin.com/in/ada')).toBe('https://www.linkedin.com/in/ada');
  expect(webAddress('linkedin.com/in/ada')).toBe('https://linkedin.com/in/ada');
  for (const text of [
    'javascript:alert(1)',
    'javascript://x.example/%0aalert(1)',
    'data:text/html,x',
    '',
    'ada',
    'ftp://a.example',
  ]) {
    expect(webAddress(text), text).toBeNull();
  }
});

test('what an action was about has a page, or none', () => {
  expect(placeOf('contact:7')).toBe('/contacts/7');
  expect(placeOf('dead-letter:12')).toBe('/dead-letters/12');
  expect(placeOf('contact:../x')).toBe('/contacts/..%2Fx');
  expect(['system:twenty', 'alert:7', 'schedule:sync'].map(placeOf)).toEqual(['/health', '/alerts', '/schedules']);
  expect(placeOf('import:file.csv')).toBeNull();
});

test('problems stand at their fields, however the server spells the path', () => {
  const problem = {
    type: 'x',
    title: 'x',
    status: 422,
    code: 'INVALID_CONTENT',
    detail: 'x',
    errors: [
      { field: 'content.emails.0', message: 'no address' },
      { field: '/content/emails/1', message: 'too long' },
      { field: 'emails_old', message: 'another' },
    ],
  };
  expect(problemsOf(problem, 'emails')).toBe('no address; too long');
  expect(problemsOf(problem, 'phones')).toBeNull();
});

test('by hand, what is empty is left out', () => {
  const draft = { canonical_name: ' Ada ', job_title: '', emails: ['a@b.example', ''], phones: [''], llm_context: {} };
  expect(contentOf(draft)).toEqual({ canonical_name: 'Ada', emails: ['a@b.example'], llm_context: {} });
});

test('an open stream is live only while it brings something', () => {
  expect(stateOf('open', 1_000, false, 2_000)).toBe('live');
  expect(stateOf('open', 1_000, false, 1_000 + FRESH_MS)).toBe('stale');
  expect(stateOf('lost', 1_000, false, 2_000)).toBe('polling');
  expect(stateOf('lost', 1_000, true, 2_000)).toBe('reconnecting');
  expect(stateOf('connecting', null, false, 0)).toBe('reconnecting');
  expect(stateOf('lost', null, true, 0)).toBe('stale');
});

test('what an action came to, in a few words', () => {
  const letters = {
    results: ['applied', 'not_open', 'applied'].map((result) => ({ dead_letter_id: '1', result })),
    next: null,
  };
  expect(summaryOf(letters)).toBe('2 applied, 1 not open');
  expect(summaryOf({ systems: { bigquery: { outcome: 'in_step' } }, version: 3 })).toBe('BigQuery: in step');
  expect(summaryOf({ version: 3, result: 'restored' })).toBe('Version 3');
  expect(summaryOf({ scanned: 1_200, drift: { stale: 2, missing: 1 } })).toBe('3 of 1,200 drifted');
  expect(summaryOf('something')).toBe('');
});

test('the hour has a row for each minute, wherever in its minute a point begins', () => {
  const now = Date.parse('2026-01-02T12:00:27.076Z');
  const point = { target: 'local', delivered: 2, p50_ms: 100, p95_ms: 300 } as const;
  const points = [
    { ...point, at: '2026-01-02T11:59:27.076Z' },
    { ...point, at: '2026-01-02T11:00:27.076Z', delivered: 4, p50_ms: 400, p95_ms: 900 },
    { ...point, at: '2026-01-02T10:00:00Z' },
  ];
  const rows = rowsOf(points, now);
  expect(rows).toHaveLength(60);
  expect([rows[0]?.['local delivered'], rows[59]?.['local delivered'], rows[58]?.['local p50']]).toEqual([4, 2, null]);
  expect(hourOf(points.slice(0, 2))[1]).toEqual({ target: 'local', delivered: 6, p50: 300, p95: 900 });
});
