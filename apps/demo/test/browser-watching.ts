/** What is wrong, what drifted and what runs by itself, seen and dealt with in the console. */
import { beforeAll, describe, expect, it } from 'vitest';
import { OPERATOR, type Room } from './browser-rig.ts';

export const describeWatching = (at: () => Room) =>
  describe('whoever watches', () => {
    beforeAll(async () => {
      const now = new Date().toISOString();
      await at().stage.hub.watching.alerts.saveAlerts([
        {
          ...{ alert_id: null, revision: null, code: 'CLOCK_SKEW', subject: 'system:local', severity: 'warning' },
          ...{ state: 'firing', message: 'Its clock is 70 s ahead.', advice: 'Set it.', value: 70, notices: [] },
          ...{ since: now, fired_at: now, resolved_at: null, right_since: null },
        },
      ]);
    });

    it('is led from the overview to what is wrong, takes it in hand, and has it say nothing for a while', async () => {
      const page = await at().visit('/');
      await page.getByRole('region', { name: 'Alerts' }).getByText('Clock is off: Local database').waitFor();
      await page.getByRole('link', { name: 'What to do about them' }).click();
      const alert = page.getByRole('article', { name: 'Clock is off, Local database' });
      await alert.getByRole('button', { name: 'Acknowledge' }).click();
      await alert.getByText(`in the hand of ${OPERATOR}`).waitFor();
      await alert.getByRole('button', { name: 'Silence' }).click();
      await page.getByRole('menuitem', { name: 'For 8 hours' }).click();
      await alert.getByText(/silent for another (7 h 59 min|8 h)/).waitFor();
      const [kept] = await at().stage.hub.watching.alerts.alerts({ code: 'CLOCK_SKEW' });
      expect(kept).toMatchObject({ acknowledged_by: OPERATOR, silenced_by: OPERATOR });
    });

    it('looks for drift, and has it repaired once it is clear what that means', async () => {
      const page = await at().visit('/health');
      const supabase = page.getByRole('article', { name: 'Supabase' });
      await supabase.getByText('p95').waitFor();
      await supabase.getByRole('button', { name: 'Look for drift in Supabase' }).click();
      await supabase.getByText('No drift in').waitFor();
      await supabase.getByRole('button', { name: 'Repair drift in Supabase' }).click();
      const dialog = page.getByRole('dialog', { name: 'Repair drift in Supabase?' });
      await dialog.getByText('What is missing is sent again').waitFor();
      await dialog.getByRole('button', { name: 'Repair' }).click();
      await dialog.waitFor({ state: 'detached' });
      const { items } = await at().stage.hub.desk.actions('system:supabase', { limit: 1 });
      expect(items).toMatchObject([{ kind: 'drift', by: OPERATOR, reason: 'repair', outcome: 'done' }]);
    });

    it('pauses what runs by itself, and resumes it; both are on record', async () => {
      const page = await at().visit('/schedules');
      await page.getByRole('button', { name: 'Pause: retention' }).click();
      await page.getByRole('row', { name: 'retention' }).getByText(`by ${OPERATOR}`).waitFor();
      await page.getByRole('button', { name: 'Resume: retention' }).click();
      await page.getByRole('button', { name: 'Pause: retention' }).waitFor();
      await page.getByRole('link', { name: 'Activity' }).click();
      await page.getByText(`${OPERATOR} resumed the schedule retention in the console`).waitFor();
    });
  });
