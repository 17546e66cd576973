/** What the console makes of alerts, looks for drift and schedules. */
import type { Answer } from '@contact-sync/api';
import { describe, expect, test } from 'vitest';
import { type Alert, aboutOf, inOrder, remedyOf, silentUntil } from '../web/logic/alerts.ts';
import { verdictOf } from '../web/logic/attention.ts';
import { type DriftReport, foundWords, repairWords } from '../web/logic/drift.ts';
import { type Schedule, tookOf, workOf } from '../web/logic/schedules.ts';

const NOON = Date.parse('2026-01-02T12:00:00Z');
const at = (minutes: number) => new Date(NOON + minutes * 60_000).toISOString();

const alert = (alert_id: string, more: Partial<Alert> = {}): Alert => ({
  ...{ alert_id, code: 'SYNC_FAILING', subject: 'system:twenty', severity: 'critical', state: 'firing' },
  ...{ message: 'It is so.', advice: 'Look.', value: null, since: at(-10), fired_at: at(-9), resolved_at: null },
  ...{ acknowledged_by: null, acknowledged_at: null, silenced_until: null, silenced_by: null },
  ...more,
});

describe('alerts', () => {
  test('come in the order in which they matter: told before not told, the worse and the later first', () => {
    const all = [
      alert('pending', { state: 'pending', since: at(-1) }),
      alert('warning', { severity: 'warning' }),
      alert('old', { since: at(-20) }),
      alert('new'),
    ];
    expect(inOrder(all).map(({ alert_id }) => alert_id)).toEqual(['new', 'old', 'warning', 'pending']);
  });

  test('are silent until their time is over', () => {
    expect(silentUntil(alert('1'), NOON)).toBeNull();
    expect(silentUntil(alert('1', { silenced_until: at(1) }), NOON)).toBe(at(1));
    expect(silentUntil(alert('1', { silenced_until: at(0) }), NOON)).toBeNull();
  });

  test.each([
    ['system:twenty', 'Twenty'],
    ['queue:ingest', 'queue ingest'],
    ['contact:7', 'contact 7'],
    ['hub', 'the hub'],
    ['something', 'something'],
  ])('about %s are about %s', (subject, words) => expect(aboutOf(subject)).toBe(words));

  test('lead to where something can be done about them', () => {
    const to = (code: Alert['code'], subject: string) => remedyOf(alert('1', { code, subject }))?.to ?? null;
    expect(to('CONFLICT_OPEN', 'hub')).toBe('/conflicts');
    expect(to('DEAD_LETTERS_OPEN', 'system:twenty')).toBe('/dead-letters?system=twenty');
    expect(to('DEAD_LETTERS_OPEN', 'hub')).toBe('/dead-letters');
    expect(to('ECHO_STORM', 'contact:-7')).toBe('/contacts/-7?tab=timeline');
    expect(to('DRIFT_HIGH', 'system:local')).toBe('/health');
    expect(to('LEDGER_DOWN', 'hub')).toBeNull();
  });
});

test('nothing is well while an alert fires, and the worst comes first', () => {
  const verdict = (alerts: readonly Alert[], attention: Answer<'overview'>['attention'] = []) =>
    verdictOf({ status: 'ready', attention, alerts: [...alerts] } as Answer<'overview'>, true);
  const warning = {
    code: 'PENDING_OLD',
    severity: 'warning',
    system: null,
    message: 'It is old.',
    advice: '',
  } as const;
  expect(verdict([])).toEqual({ words: 'All is well', severity: 'well' });
  expect(verdict([alert('1')])).toEqual({ words: 'Sync fails: Twenty', severity: 'critical' });
  expect(verdict([alert('1')], [warning])).toMatchObject({ severity: 'critical' });
  expect(verdict([alert('1', { severity: 'warning' })], [warning])).toMatchObject({ words: 'It is old' });
});

test('a look is told by what drifted, and by what became of it', () => {
  const report = {
    scanned: 1_200,
    percent: 0.25,
    drift: { stale: 1, edited_outside: 0, extra: 0, missing: 2 },
    repair: { handed: 1, not_repaired: 2, codes: ['TOO_MANY_MISSING'] },
  } as DriftReport;
  expect(foundWords(report)).toBe('3 records drifted (0.25%)');
  expect(repairWords(report)).toBe('1 handed to repair, 2 left as they are (TOO_MANY_MISSING)');
  const none = { ...report, drift: { ...report.drift, stale: 0, missing: 0 }, repair: null };
  expect([foundWords(none), repairWords(none)]).toEqual(['No drift in 1,200 records', null]);
});

test('a schedule is told by what it does, and how long its last run took', () => {
  const names = ['poll-local', 'drift-bigquery', 'compare-twenty', 'sync'] as const;
  expect(names.map(workOf)).toEqual([
    'Ask the local database for edits that nobody told of',
    'Look for drift in BigQuery',
    'Look what was removed from Twenty',
    'Take over and send whatever is left, everywhere',
  ]);
  const took = (last_began_at: string | null, last_ended_at: string | null) =>
    tookOf({ last_began_at, last_ended_at } as Schedule);
  expect(took(at(0), at(1))).toBe(60_000);
  // Another run is under way.
  expect(took(at(2), at(1))).toBeNull();
  expect(took(null, null)).toBeNull();
});
