import { openLedger } from '@contact-sync/ledger';
import { TransientError } from '@contact-sync/sync';
import { openPostgresProxy } from '@contact-sync/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { AlertDesk, type Observation, type Sink, sinksOf } from '../../src/index.ts';
import { type AlertRig, AT_ONCE, alertRig, ambient, ear, PATIENCE, SILENT, TIED, WELL } from './alert-rig.ts';
import { openMail, openWeb, status } from './endpoints.ts';
import { observed } from './rig.ts';

let at: AlertRig;
beforeAll(async () => {
  at = await alertRig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

describe('alerting', () => {
  it('tells each sink once that it fires, and once that it is over', async () => {
    const sinks = [ear('log'), ear('webhook')] as const;
    const one = at.alerting(sinks);
    expect(await at.sees(one, TIED)).toEqual({ fired: 1, resolved: 0, sent: 2, failed: 0, blackout: false });
    expect(await at.sees(one, TIED)).toMatchObject({ fired: 0, sent: 0 });
    expect(await at.sees(one, WELL)).toMatchObject({ resolved: 1, sent: 2 });
    expect(await at.sees(one, WELL)).toMatchObject({ resolved: 0, sent: 0 });
    for (const { heard } of sinks) expect(heard).toEqual(['firing CONFLICT_OPEN', 'resolved CONFLICT_OPEN']);
    expect(await at.sees(one, TIED)).toMatchObject({ fired: 1, sent: 2 });
  });

  it('waits until it was wrong, and then right, for so long by the ledger’s clock', async () => {
    const sink = ear();
    const one = at.alerting([sink], { thresholds: { ...AT_ONCE, after_ms: 150, resolve_ms: 150 } });
    expect(await at.sees(one, TIED)).toMatchObject({ fired: 0 });
    expect(sink.heard).toEqual([]);
    await expect.poll(async () => (await at.sees(one, TIED)).fired).toBe(1);
    expect(await at.sees(one, WELL)).toMatchObject({ resolved: 0 });
    expect(await at.sees(one, TIED)).toMatchObject({ fired: 0 });
    await expect.poll(async () => (await at.sees(one, WELL)).resolved).toBe(1);
    expect(sink.heard).toEqual(['firing CONFLICT_OPEN', 'resolved CONFLICT_OPEN']);
    const [{ since, fired_at, resolved_at } = never()] = await at.ledger.watching.alerts.alerts({ state: 'all' });
    const times = [since, fired_at, resolved_at].map((time) => Date.parse(time ?? ''));
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(150);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(150);
  });

  it('of many processes at once tells what one would have told', async () => {
    const sinks = [ear('log'), ear('email')] as const;
    const crowd = Array.from({ length: 6 }, () => at.alerting(sinks));
    const together = async (seen: Observation) => {
      at.show(seen);
      const rounds = await Promise.all(crowd.map((one) => one.round()));
      return rounds.reduce((sum, { fired, resolved }) => sum + fired + resolved, 0);
    };
    expect(await together(TIED)).toBe(1);
    expect(await together(WELL)).toBe(1);
    await together(WELL);
    for (const { heard } of sinks) expect(heard).toEqual(['firing CONFLICT_OPEN', 'resolved CONFLICT_OPEN']);
  });

  it('begun anew on the same ledger tells nothing again, and what its forerunner could not tell', async () => {
    const web = await openWeb();
    onTestFinished(() => web.close());
    const sinks = () => sinksOf({ webhookUrl: web.url, email: undefined }, SILENT, ambient.now);
    web.answers.push(...Array.from({ length: 4 }, () => status(503)));
    const lines: object[] = [];
    const log = { ...SILENT, warn: (fields: object) => void lines.push(fields) };
    const first = at.alerting(sinks(), { log });
    expect(await at.sees(first, TIED)).toMatchObject({ fired: 1, sent: 1, failed: 1 });
    expect(lines).toMatchObject([{ sink: 'webhook', code: 'WEBHOOK_FAILED', attempts: 1, retry_in_ms: 45_000 }]);
    expect(await at.sees(at.alerting(sinks()), TIED)).toMatchObject({ fired: 0, sent: 0, failed: 0 });
    await at.due();
    expect(await at.sees(at.alerting(sinks()), TIED)).toMatchObject({ fired: 0, sent: 0, failed: 1 });
    await at.due();
    expect(await at.sees(at.alerting(sinks()), TIED)).toMatchObject({ fired: 0, sent: 1, failed: 0 });
    expect(web.posts).toHaveLength(5);
    expect(await at.sees(at.alerting(sinks()), TIED)).toMatchObject({ sent: 0 });
  });

  it('killed between telling and noting it down tells it once more', async () => {
    const sink = ear();
    const proxy = await openPostgresProxy(at.url);
    const cut = openLedger(proxy.url, { connect_ms: 500 });
    onTestFinished(async () => {
      await cut.close();
      await proxy.close();
    });
    const dying: Sink = {
      ...sink,
      async send(telling, signal) {
        await sink.send(telling, signal);
        await proxy.cut();
      },
    };
    const first = at.alerting([dying], { watching: cut.watching, patience: { ...PATIENCE, lease_ms: 300 } });
    at.show(TIED);
    expect(await first.round()).toMatchObject({ blackout: true });
    const ties = () => sink.heard.filter((what) => what === 'firing CONFLICT_OPEN');
    expect(ties()).toHaveLength(1);
    await expect.poll(async () => (await at.alerting([sink]).round()).sent).toBe(1);
    expect(ties()).toHaveLength(2);
    expect(await at.alerting([sink]).round()).toMatchObject({ sent: 0 });
  });

  it('by e-mail goes on after the mail server was away', async () => {
    const mail = await openMail();
    await mail.close();
    const email = { smtpUrl: `smtp://hub:s3cret@127.0.0.1:${mail.port}`, from: 'hub@example.org', to: 'a@example.org' };
    const one = at.alerting(sinksOf({ webhookUrl: undefined, email }, SILENT, ambient.now));
    onTestFinished(() => one.close());
    expect(await at.sees(one, TIED)).toMatchObject({ sent: 1, failed: 1 });
    const back = await openMail(mail.port);
    onTestFinished(() => back.close());
    await at.due();
    expect(await at.sees(one, TIED)).toMatchObject({ sent: 1, failed: 0 });
    expect(back.mails.map(({ to }) => to)).toEqual([['a@example.org']]);
  });

  it('ends between two notices when its process does, and loses none', async () => {
    const ending = new AbortController();
    const sink = ear();
    const stopping: Sink = {
      ...sink,
      async send(telling, signal) {
        await sink.send(telling, signal);
        ending.abort();
      },
    };
    at.show(observed({ ledger: { conflicts: 1, workers: [] } }));
    expect(await at.alerting([stopping]).round(ending.signal)).toMatchObject({ fired: 2, sent: 0 });
    // The first was told though nobody waited for its answer: it is told once more.
    expect(await at.alerting([sink]).round()).toMatchObject({ fired: 0, sent: 2 });
  });

  it('throws what passes by itself, for the next round to do', async () => {
    const busy = {
      ...at.ledger.watching.alerts,
      openAlerts: () => Promise.reject(new TransientError('LEDGER_BUSY', 'busy')),
    };
    await expect(at.sees(at.alerting([], { watching: { alerts: busy } }), TIED)).rejects.toMatchObject({
      code: 'LEDGER_BUSY',
    });
  });
});

describe('the desk', () => {
  const asker = { by: 'ada', via: 'cli', key: null } as const;

  it('records who has an alert in hand and who silences it', async () => {
    const desk = new AlertDesk(at.ledger.watching.alerts, at.ledger);
    await at.sees(at.alerting([ear()]), TIED);
    const [alert = never()] = await desk.list({ state: 'firing' });
    expect(await desk.acknowledge(alert.alert_id, asker)).toMatchObject({ acknowledged_by: 'ada' });
    const silent = await desk.silence(alert.alert_id, 30, { ...asker, key: 'k' });
    expect(silent).toMatchObject({ silenced_by: 'ada' });
    // Under one key it happens once.
    expect(await desk.silence(alert.alert_id, 30, { ...asker, key: 'k' })).toEqual(silent);
    const { items } = await at.ledger.actions(`alert:${alert.alert_id}`, { limit: 10 });
    expect(items.map(({ kind, by, outcome }) => [kind, by, outcome])).toEqual([
      ['silence', 'ada', 'done'],
      ['acknowledge', 'ada', 'done'],
    ]);
  });

  it('says so where there is no such alert', async () => {
    const desk = new AlertDesk(at.ledger.watching.alerts, at.ledger);
    for (const id of ['9999', 'x', ''])
      await expect(desk.acknowledge(id, asker)).rejects.toMatchObject({ code: 'NO_SUCH_ALERT' });
    await expect(desk.silence('9999', 5, asker)).rejects.toMatchObject({ code: 'NO_SUCH_ALERT' });
  });
});

const never = (): never => {
  throw new Error('it is there');
};
