/** The routes by which people watch, on a real ledger. */
import type { AlertChange } from '@contact-sync/sync';
import { describe, expect, test } from 'vitest';
import { type Call, caller, refused, TOKEN } from './caller.ts';
import { serve } from './fixture.ts';
import { idOf, type Stage } from './stage.ts';

const AT = '2026-11-28T06:00:00.000Z';

/** An alert that begins to fire, as the rounds of alerts write it. */
const firing = (code: AlertChange['code'], subject: string): AlertChange => ({
  ...{ alert_id: null, revision: null, code, subject, severity: 'critical', state: 'firing' },
  ...{ message: 'Nothing gets to twenty.', advice: 'See whether it answers.', value: null },
  ...{ since: AT, fired_at: AT, resolved_at: null, right_since: null, notices: [] },
});

export const describeWatching = (at: () => { readonly stage: Stage; readonly call: Call }) => {
  test('health tells of every system, of the queues and of what keeps them', async () => {
    const health = await at().call('health', {});
    expect(health).toMatchObject({ status: expect.stringMatching(/^(degraded|stalled)$/), down: [] });
    expect(health.ledger).toMatchObject({ contacts: expect.any(Number), window_s: expect.any(Number) });
    const systems = health.systems?.map(({ system, reachable }) => [system, reachable?.ok]);
    expect(systems).toEqual([
      ['bigquery', true],
      ['supabase', false],
      ['local', expect.any(Boolean)],
      ['twenty', false],
    ]);
    expect(health.queues?.map(({ queue }) => queue)).toContain('propagate-twenty');
    expect(health.durability).toMatchObject({ kind: 'postgres' });
  });

  describe('alerts', () => {
    test('are listed, taken in hand, and silenced, each by somebody', async () => {
      const { stage, call } = at();
      const saved = await stage.hub.watching.alerts.saveAlerts([
        firing('SYNC_FAILING', 'system:twenty'),
        firing('CLOCK_SKEW', 'system:local'),
      ]);
      const id = saved.find(({ code }) => code === 'SYNC_FAILING')?.alert_id ?? '';
      const params = { alert_id: id };
      const { items } = await call('alerts', { query: { state: 'firing', code: 'SYNC_FAILING' } });
      expect(items).toMatchObject([{ alert_id: id, subject: 'system:twenty', acknowledged_by: null }]);
      expect((await call('alerts', { query: { limit: 1 } })).items).toHaveLength(1);
      expect((await call('alerts', { query: { state: 'resolved' } })).items).toEqual([]);

      const key = { idempotencyKey: 'mine' };
      const hand = await call('acknowledge', { params }, key);
      expect(hand).toMatchObject({ alert_id: id, acknowledged_by: 'Grace', acknowledged_at: expect.any(String) });
      expect(await call('acknowledge', { params }, key)).toEqual(hand);
      const silent = await call('silence', { params, body: { minutes: 60 } });
      expect(silent.silenced_by).toBe('Grace');
      expect(Date.parse(silent.silenced_until ?? '') - Date.now()).toBeGreaterThan(3_500_000);
      const ended = await call('silence', { params, body: { minutes: 0 } });
      expect(Date.parse(ended.silenced_until ?? AT)).toBeLessThanOrEqual(Date.now());

      const done = await call('actions', { query: { subject: `alert:${id}` } });
      expect(done.items.map(({ kind, by }) => [kind, by])).toEqual([
        ['silence', 'Grace'],
        ['silence', 'Grace'],
        ['acknowledge', 'Grace'],
      ]);
      const overview = await call('overview', {});
      expect(overview.alerts?.map(({ code }) => code)).toEqual(expect.arrayContaining(['SYNC_FAILING', 'CLOCK_SKEW']));
    });

    test('that nobody knows are 404', async () => {
      const params = { alert_id: '404' };
      const { call } = at();
      const asks = [() => call('acknowledge', { params }), () => call('silence', { params, body: { minutes: 5 } })];
      for (const ask of asks) expect(await refused(ask())).toMatchObject({ status: 404, code: 'NO_SUCH_ALERT' });
    });
  });

  test('schedules are listed, paused, resumed and run, each by somebody', async () => {
    const { call } = at();
    const { items } = await call('schedules', {});
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['sync', 'sweep', 'poll-twenty', 'alerts']));
    const params = { name: 'poll-twenty' } as const;
    expect(await call('pause', { params })).toMatchObject({ ...params, paused_by: 'Grace', next_at: null });
    expect((await call('schedules', {})).items).toContainEqual(
      expect.objectContaining({ ...params, paused_by: 'Grace' }),
    );
    expect(await call('resume', { params })).toMatchObject({ ...params, paused_at: null, paused_by: null });
    expect(await call('run', { params })).toMatchObject(params);
    const done = await call('actions', { query: { subject: 'schedule:poll-twenty' } });
    expect(done.items.map(({ kind, by }) => [kind, by])).toEqual([
      ['run', 'Grace'],
      ['resume', 'Grace'],
      ['pause', 'Grace'],
    ]);
  });

  describe('a look for drift', () => {
    const params = { system: 'bigquery' } as const;
    const shown = async (call: Call, system: string = params.system) =>
      (await call('drift', {})).systems.find((one) => one.system === system);

    test('answers what it found, which is told ever after', async () => {
      const { call } = at();
      const answer = await call('look', { params, body: { full: true } });
      // What BigQuery was never given is missing there.
      expect(answer).toMatchObject({ state: 'done', report: { ...params, scanned: 0, repair: null } });
      if (answer.state !== 'done') return;
      expect(answer.report.items.map(({ contact_id, kind }) => [contact_id, kind])).toContainEqual([
        idOf(1),
        'missing',
      ]);
      expect(await shown(call)).toEqual({ ...params, report: answer.report, running: null, failed: null });
    });

    test('that takes long goes on when it has answered; of each system there is one at a time', async () => {
      const { stage, call } = at();
      const server = await serve(stage.hub, { apiToken: TOKEN, patience_ms: 1 });
      const slow = caller(server.url, { 'X-Operator': 'Grace' });
      const { release } = stage.hold();
      try {
        const key = { idempotencyKey: 'look' };
        const begun = await slow('look', { params, body: {} }, key);
        const look = { by: 'Grace', repair: false, full: false, since: expect.any(String) };
        expect(begun).toEqual({ state: 'running', look });
        expect(await slow('look', { params, body: {} }, key)).toEqual(begun);
        expect((await shown(slow))?.running).toEqual(look);
        const other = await refused(slow('look', { params, body: { repair: true } }));
        expect(other).toMatchObject({ status: 409, code: 'LOOK_RUNNING' });
        expect(await shown(call)).toMatchObject({ running: null });

        release();
        await expect.poll(async () => (await shown(slow))?.running, { timeout: 20_000 }).toBeNull();
        expect(Date.parse((await shown(slow))?.report?.started_at ?? '')).toBeGreaterThanOrEqual(
          Date.parse(begun.state === 'running' ? begun.look.since : ''),
        );

        const away = { params: { system: 'twenty' } as const, body: {} };
        expect(await slow('look', away)).toMatchObject({ state: 'running' });
        await expect
          .poll(async () => (await shown(slow, 'twenty'))?.failed, { timeout: 20_000 })
          .toEqual({ code: 'TWENTY_UNREACHABLE', at: expect.any(String) });
      } finally {
        release();
        await server.close();
      }
    });

    test('ends with the server, and says so to whoever waits for it', async () => {
      const { stage } = at();
      const server = await serve(stage.hub, { apiToken: TOKEN });
      const { reached, release } = stage.hold();
      const asked = refused(caller(server.url)('look', { params, body: {} }));
      await reached;
      const closed = server.close();
      expect(await asked).toMatchObject({ status: 503, code: 'SERVER_STOPPING' });
      release();
      await closed;
    });
  });
};
