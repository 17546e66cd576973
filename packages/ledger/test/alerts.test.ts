import type { Alert, AlertChange, AlertLedger, OpenAlert, SinkName } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Rig, rig } from './rig.ts';
import { count, instant, key } from './shapes.ts';

let at: Rig;
let alerts: AlertLedger;
beforeAll(async () => {
  at = await rig();
  alerts = at.ledger.watching.alerts;
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const alertShape = z.strictObject({
  alert_id: key,
  code: z.literal(['STALLED', 'DRIFT_HIGH']),
  subject: z.string(),
  severity: z.enum(['critical', 'warning']),
  state: z.enum(['pending', 'firing', 'resolved']),
  message: z.string(),
  advice: z.string(),
  value: z.number().nullable(),
  since: instant,
  fired_at: instant.nullable(),
  resolved_at: instant.nullable(),
  acknowledged_by: z.string().nullable(),
  acknowledged_at: instant.nullable(),
  silenced_until: instant.nullable(),
  silenced_by: z.string().nullable(),
}) satisfies z.ZodType<Alert>;
const openShape = alertShape.extend({ revision: count, right_since: instant.nullable() });

const SINKS: readonly SinkName[] = ['log', 'webhook'];
const LEASE_MS = 60_000;

const change = (more: Partial<AlertChange> = {}): AlertChange => ({
  alert_id: null,
  revision: null,
  code: 'STALLED',
  subject: 'system:twenty',
  severity: 'critical',
  state: 'pending',
  message: 'it stands still',
  advice: 'push it',
  value: 1.5,
  since: new Date().toISOString(),
  fired_at: null,
  resolved_at: null,
  right_since: null,
  notices: [],
  ...more,
});

const now = () => new Date().toISOString();
const fires = (more: Partial<AlertChange> = {}): AlertChange =>
  change({ state: 'firing', fired_at: now(), notices: SINKS.map((sink) => ({ sink, told: false })), ...more });
const nextOf = ({ alert_id, revision, since, fired_at }: OpenAlert, more: Partial<AlertChange>): AlertChange =>
  change({ alert_id, revision, since, fired_at, state: 'firing', ...more });
const over = (open: OpenAlert): AlertChange => nextOf(open, { state: 'resolved', resolved_at: now() });

/** The only one that is open. */
async function open(): Promise<OpenAlert> {
  const [one, ...more] = (await alerts.openAlerts()).alerts;
  if (one === undefined || more.length > 0) throw new Error('one alert is open');
  return one;
}
const fired = async (more: Partial<AlertChange> = {}): Promise<OpenAlert> => {
  await alerts.saveAlerts([fires(more)]);
  return open();
};
const claims = async (sink: SinkName = 'log', lease_ms = LEASE_MS) => alerts.claimNotice(sink, lease_ms);

describe('an alert', () => {
  it('is kept from when it goes wrong until it is over, and after', async () => {
    await alerts.saveAlerts([change()]);
    const pending = await open();
    openShape.parse(pending);
    expect(pending).toMatchObject({ state: 'pending', fired_at: null, value: 1.5, subject: 'system:twenty' });
    await alerts.saveAlerts([nextOf(pending, { fired_at: now(), message: 'it still does', value: null })]);
    const firing = await open();
    expect(firing).toMatchObject({ state: 'firing', message: 'it still does', value: null, since: pending.since });
    const [told] = await alerts.saveAlerts([over(firing)]);
    alertShape.parse(told);
    expect((await alerts.openAlerts()).alerts).toEqual([]);
    expect(await alerts.alerts({ state: 'resolved' })).toEqual([told]);
    expect(await alerts.alerts({})).toEqual([]);
  });

  it('that was pending and is right again leaves nothing', async () => {
    await alerts.saveAlerts([change()]);
    await alerts.saveAlerts([nextOf(await open(), { state: 'gone' })]);
    expect(await alerts.alerts({ state: 'all' })).toEqual([]);
  });

  it('is listed by state and code, newest first, at most so many', async () => {
    await alerts.saveAlerts([
      change({ since: '2026-11-01T00:00:00Z' }),
      fires({ code: 'DRIFT_HIGH', since: '2026-11-03T00:00:00Z' }),
      fires({ code: 'DRIFT_HIGH', subject: 'system:local', since: '2026-11-02T00:00:00Z' }),
    ]);
    const listed = async (filter: Parameters<AlertLedger['alerts']>[0]) =>
      (await alerts.alerts(filter)).map(({ code, subject }) => `${code} ${subject}`);
    const [newest, next, oldest] = ['DRIFT_HIGH system:twenty', 'DRIFT_HIGH system:local', 'STALLED system:twenty'];
    expect(await listed({})).toEqual([newest, next, oldest]);
    expect(await listed({ state: 'firing' })).toEqual([newest, next]);
    expect(await listed({ code: 'STALLED', state: 'all' })).toEqual([oldest]);
    expect(await listed({ limit: 1 })).toEqual([newest]);
    expect(await listed({ state: 'resolved' })).toEqual([]);
  });

  it('is one of its name, whoever saves it first', async () => {
    const taken = await Promise.all(Array.from({ length: 8 }, () => alerts.saveAlerts([fires()])));
    expect(taken.flat()).toHaveLength(1);
    expect((await alerts.openAlerts()).alerts).toHaveLength(1);
  });

  it('takes each step once: of many who read the same, one', async () => {
    const firing = await fired();
    const taken = await Promise.all(Array.from({ length: 8 }, () => alerts.saveAlerts([over(firing)])));
    expect(taken.flat()).toHaveLength(1);
    expect(await alerts.saveAlerts([nextOf(firing, { right_since: now() })])).toEqual([]);
  });

  it('that somebody moved on meanwhile is left, and the others of the batch are taken', async () => {
    const firing = await fired();
    await alerts.saveAlerts([nextOf(firing, { right_since: now() })]);
    const taken = await alerts.saveAlerts([over(firing), fires({ code: 'DRIFT_HIGH' })]);
    expect(taken.map(({ code }) => code)).toEqual(['DRIFT_HIGH']);
    expect((await open_of('STALLED'))?.state).toBe('firing');
  });

  it('that another kept and ended before it could be kept is the same one', async () => {
    const firing = await fired({ since: '2026-11-01T00:00:00Z' });
    await alerts.saveAlerts([over(firing)]);
    expect(await alerts.saveAlerts([fires({ since: '2026-11-01T00:00:01Z' })])).toEqual([]);
    expect(await alerts.saveAlerts([fires()])).toHaveLength(1);
  });

  it('with another text is the same step', async () => {
    const firing = await fired();
    await alerts.saveAlerts([nextOf(firing, { message: 'more of it' })]);
    expect(await alerts.saveAlerts([over(firing)])).toHaveLength(1);
  });
});

const open_of = async (code: string) =>
  (await alerts.openAlerts()).alerts.find((alert) => alert.code === code) as OpenAlert | undefined;

describe('a notice', () => {
  it('is made for each sink with the step, and told once', async () => {
    await fired();
    const notice = await claims();
    expect(notice).toMatchObject({ event: 'firing', sink: 'log', attempts: 1, alert: { state: 'firing' } });
    expect(await claims()).toBeNull();
    if (notice === null) throw new Error('there is one');
    await alerts.noticeSent(notice);
    expect(await claims('log', 0)).toBeNull();
    expect(await claims('webhook')).toMatchObject({ sink: 'webhook' });
    expect(await claims('email')).toBeNull();
  });

  it('goes to one of many who claim at once', async () => {
    await fired();
    const claimed = await Promise.all(Array.from({ length: 8 }, () => claims()));
    expect(claimed.filter((notice) => notice !== null)).toHaveLength(1);
  });

  it('whose teller died is told by the next once its time is up', async () => {
    await fired();
    await claims('log', 0);
    expect(await claims()).toMatchObject({ attempts: 2 });
  });

  it('that failed is due later; one that was not tried spends no attempt', async () => {
    await fired();
    const first = await claims();
    if (first === null) throw new Error('there is one');
    await alerts.noticeFailed(first, 0, null);
    const again = await claims();
    expect(again).toMatchObject({ attempts: 1 });
    if (again === null) throw new Error('there is one');
    await alerts.noticeFailed(again, 60_000, 'WEBHOOK_FAILED');
    expect(await claims()).toBeNull();
    expect(await at.sql('select code, attempts from alert_notices where sink = $1', ['log'])).toEqual([
      { code: 'WEBHOOK_FAILED', attempts: 1 },
    ]);
  });

  it('of the end comes after that of the beginning, and only where that was made', async () => {
    const firing = await fired({ notices: [{ sink: 'log', told: false }] });
    const begun = await claims();
    await alerts.saveAlerts([over(firing)]);
    expect(await claims()).toBeNull();
    expect(await claims('webhook')).toBeNull();
    if (begun === null) throw new Error('there is one');
    await alerts.noticeSent(begun);
    expect(await claims()).toMatchObject({ event: 'resolved', alert: { state: 'resolved' } });
  });

  it('that was told while nothing could be kept is told no more, and its end is', async () => {
    const firing = await fired({ notices: SINKS.map((sink) => ({ sink, told: sink === 'log' })) });
    expect(await claims('log')).toBeNull();
    expect(await claims('webhook')).toMatchObject({ event: 'firing' });
    await alerts.saveAlerts([over(firing)]);
    expect(await claims('log')).toMatchObject({ event: 'resolved' });
  });

  it('is given up after a day', async () => {
    await fired();
    await at.sql(`update alert_notices set created_at = now() - interval '25 hours'`);
    expect(await claims()).toBeNull();
    expect(await at.sql(`select dropped_for from alert_notices where sink = 'log'`)).toEqual([
      { dropped_for: 'given up' },
    ]);
  });
});

describe('who has it in hand', () => {
  it('is kept, the first of them; nothing more is told until it is over', async () => {
    const firing = await fired();
    expect(await alerts.acknowledgeAlert(firing.alert_id, 'ada')).toMatchObject({ acknowledged_by: 'ada' });
    expect(await alerts.acknowledgeAlert(firing.alert_id, 'bob')).toMatchObject({ acknowledged_by: 'ada' });
    expect(await claims()).toBeNull();
    // It takes no step: whoever looks goes on from what he read.
    await alerts.saveAlerts([over(firing)]);
    expect(await claims()).toMatchObject({ event: 'resolved' });
  });

  it('hears nothing of what he took in hand before it fired', async () => {
    await alerts.saveAlerts([change()]);
    const pending = await open();
    await alerts.acknowledgeAlert(pending.alert_id, 'ada');
    await alerts.saveAlerts([nextOf(pending, { ...fires(), alert_id: pending.alert_id, revision: pending.revision })]);
    expect((await open()).state).toBe('firing');
    await alerts.saveAlerts([over(await open())]);
    expect(await at.sql('select from alert_notices')).toEqual([]);
  });

  it('cannot have what is over, or was never there', async () => {
    const firing = await fired();
    await alerts.saveAlerts([over(firing)]);
    expect(await alerts.acknowledgeAlert(firing.alert_id, 'ada')).toMatchObject({ acknowledged_by: null });
    for (const none of ['', '0', 'x', '999', '9'.repeat(40), "1'; drop"])
      expect(await alerts.acknowledgeAlert(none, 'ada')).toBeNull();
  });

  it('may be called anything', async () => {
    const firing = await fired();
    const odd = 'NUL \0 half \ud800 '.repeat(100);
    const kept = await alerts.acknowledgeAlert(firing.alert_id, odd);
    expect(kept?.acknowledged_by).toMatch(/^NUL \ufffd half/);
  });
});

describe('a silence', () => {
  it('holds back what is told until it ends', async () => {
    const firing = await fired();
    expect(await alerts.silenceAlert(firing.alert_id, 60, 'ada')).toMatchObject({
      silenced_by: 'ada',
      silenced_until: expect.any(String),
    });
    expect(await claims()).toBeNull();
    expect(await alerts.silenceAlert(firing.alert_id, 0, 'bob')).toMatchObject({
      silenced_by: null,
      silenced_until: null,
    });
    expect(await claims()).toMatchObject({ event: 'firing' });
  });

  it('lets what begins and ends within it pass untold', async () => {
    const firing = await fired();
    await alerts.silenceAlert(firing.alert_id, 60, 'ada');
    await alerts.saveAlerts([over(firing)]);
    await alerts.silenceAlert(firing.alert_id, 0, 'ada');
    expect(await claims()).toBeNull();
  });

  it('holds for the next of its name, and for no other', async () => {
    const firing = await fired();
    await alerts.silenceAlert(firing.alert_id, 60, 'ada');
    await alerts.saveAlerts([over(firing)]);
    const next = await fired();
    expect(next).toMatchObject({ silenced_by: 'ada' });
    expect(await claims()).toBeNull();
    await alerts.saveAlerts([fires({ subject: 'system:local' })]);
    expect(await claims()).toMatchObject({ alert: { subject: 'system:local' } });
  });

  it('is begun and ended by any alert of its name', async () => {
    const old = await fired();
    await alerts.saveAlerts([over(old)]);
    const next = await fired();
    const silent = async () => (await open()).silenced_by;
    await alerts.silenceAlert(old.alert_id, 60, 'ada');
    expect(await silent()).toBe('ada');
    await alerts.silenceAlert(old.alert_id, 0, 'ada');
    expect(await silent()).toBeNull();
    expect(await alerts.silenceAlert(next.alert_id, 60, 'bob')).toMatchObject({ silenced_by: 'bob' });
  });

  it('does not count towards the day after which a notice is given up', async () => {
    const firing = await fired();
    await alerts.silenceAlert(firing.alert_id, 60, 'ada');
    await at.sql(`update alert_notices set created_at = now() - interval '25 hours'`);
    expect(await claims()).toBeNull();
    await at.sql(`update alerts set silenced_until = now() - interval '1 minute'`);
    expect(await claims()).toMatchObject({ event: 'firing' });
  });
});
