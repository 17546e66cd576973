import { openLedger } from '@contact-sync/ledger';
import { openPostgresProxy } from '@contact-sync/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Alerting, observationOf, sinksOf } from '../../src/index.ts';
import { NOTHING } from '../reports.ts';
import { type AlertRig, AT_ONCE, alertRig, ambient, ear, SILENT, TIED, WELL } from './alert-rig.ts';
import { openWeb, status } from './endpoints.ts';

let at: AlertRig;
beforeAll(async () => {
  at = await alertRig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

describe('while the ledger is away', () => {
  async function behind() {
    const proxy = await openPostgresProxy(at.url);
    const far = openLedger(proxy.url, { connect_ms: 500 });
    onTestFinished(async () => {
      await far.close();
      await proxy.close();
    });
    return { proxy, watching: far.watching };
  }

  /** The first that was connected before finds its connection broken. */
  async function goesOn(one: Alerting) {
    for (;;) {
      const round = await at.sees(one, WELL);
      if (!round.blackout) return round;
    }
  }

  it('that alone is told, once; it is kept when the ledger is back, and told when it is over', async () => {
    const { proxy, watching } = await behind();
    const sink = ear();
    const one = at.alerting([sink], { watching });
    await at.sees(one, WELL);
    await proxy.cut();
    for (let rounds = 0; rounds < 3; rounds += 1) expect(await at.sees(one, TIED)).toMatchObject({ blackout: true });
    expect(await at.sees(one, observationOf(NOTHING))).toMatchObject({ blackout: true, fired: 0 });
    expect(sink.heard).toEqual(['firing LEDGER_DOWN']);
    await proxy.mend();
    expect(await goesOn(one)).toMatchObject({ resolved: 1, sent: 1 });
    expect(sink.heard).toEqual(['firing LEDGER_DOWN', 'resolved LEDGER_DOWN']);
    const kept = await at.ledger.watching.alerts.alerts({ state: 'all' });
    expect(kept).toMatchObject([{ code: 'LEDGER_DOWN', state: 'resolved', fired_at: expect.any(String) }]);
  });

  it('whoever could not be told then is told later', async () => {
    const { proxy, watching } = await behind();
    const web = await openWeb();
    onTestFinished(() => web.close());
    web.answers.push(...Array.from({ length: 4 }, () => status(500)));
    const sinks = sinksOf({ webhookUrl: web.url, email: undefined }, SILENT, ambient.now);
    const one = at.alerting(sinks, { watching, thresholds: { ...AT_ONCE, resolve_ms: 60_000 } });
    await proxy.cut();
    expect(await at.sees(one, observationOf(NOTHING))).toMatchObject({ fired: 1, sent: 1 });
    expect(await at.sees(one, observationOf(NOTHING))).toMatchObject({ fired: 0, sent: 0 });
    await proxy.mend();
    expect(await goesOn(one)).toMatchObject({ sent: 1 });
    expect(web.posts.at(-1)?.body).toContain('LEDGER_DOWN');
    expect(await at.ledger.watching.alerts.alerts({})).toMatchObject([{ code: 'LEDGER_DOWN', state: 'firing' }]);
  });

  it('what it knew to be firing fires no second time, and a relapse is kept as one', async () => {
    const { proxy, watching } = await behind();
    const sink = ear();
    const one = at.alerting([sink], { watching, thresholds: { ...AT_ONCE, resolve_ms: 60_000 } });
    await proxy.cut();
    await at.sees(one, observationOf(NOTHING));
    await proxy.mend();
    await goesOn(one);
    const rightSince = async () => (await watching.alerts.openAlerts()).alerts.map(({ right_since }) => right_since);
    const [before] = await rightSince();
    expect(before).toEqual(expect.any(String));
    await proxy.cut();
    await at.sees(one, observationOf(NOTHING));
    await proxy.mend();
    await goesOn(one);
    const [after] = await rightSince();
    expect(Date.parse(after ?? '')).toBeGreaterThan(Date.parse(before ?? ''));
    expect(sink.heard).toEqual(['firing LEDGER_DOWN']);
  });

  it('twice for a moment is not away for as long as from the one to the other', async () => {
    const { proxy, watching } = await behind();
    const one = at.alerting([ear()], { watching, thresholds: { ...AT_ONCE, after_ms: 400 } });
    const away = async () => {
      await proxy.cut();
      const round = await at.sees(one, WELL);
      await proxy.mend();
      return round;
    };
    expect(await away()).toMatchObject({ blackout: true, fired: 0 });
    const began = Date.now();
    await goesOn(one);
    await expect.poll(() => Date.now() - began).toBeGreaterThan(400);
    expect(await away()).toMatchObject({ blackout: true, fired: 0 });
  });

  it('only for whoever counts is kept by it all the same', async () => {
    const sink = ear();
    expect(await at.sees(at.alerting([sink]), observationOf(NOTHING))).toMatchObject({ blackout: false, fired: 2 });
    expect(await at.ledger.watching.alerts.alerts({ code: 'LEDGER_DOWN' })).toMatchObject([{ state: 'firing' }]);
    expect(await at.sees(at.alerting([sink]), observationOf(NOTHING))).toMatchObject({ fired: 0, sent: 0 });
  });

  it('of several processes the first to find it back keeps it', async () => {
    const { proxy, watching } = await behind();
    const crowd = Array.from({ length: 3 }, () => at.alerting([ear()], { watching }));
    await proxy.cut();
    at.show(observationOf(NOTHING));
    await Promise.all(crowd.map((one) => one.round()));
    await proxy.mend();
    at.show(WELL);
    for (const one of crowd) await goesOn(one);
    expect(await at.ledger.watching.alerts.alerts({ state: 'all' })).toHaveLength(1);
  });
});
