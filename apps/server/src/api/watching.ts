/** What people ask of the hub's own health, and do about it. */
import type { Monitor } from '@contact-sync/monitor';
import { SYSTEMS } from '@contact-sync/sync';
import { askerOf } from './asker.ts';
import type { Handlers } from './handlers.ts';
import type { Looks } from './looks.ts';
import type { Told } from './told.ts';

/** Routes that watch. */
export type WatchingRoute =
  | 'health'
  | 'alerts'
  | 'acknowledge'
  | 'silence'
  | 'drift'
  | 'look'
  | 'schedules'
  | 'pause'
  | 'resume'
  | 'run';

/** @param health as the monitor tells it; however many ask, it is not asked too often */
export function watchingHandlers(
  monitor: Monitor,
  looks: Looks,
  health: () => Promise<Told<'health'>>,
): Pick<Handlers, WatchingRoute> {
  return {
    health,
    async alerts({ query: { state, code, limit } }) {
      const filter = { limit, ...(state === undefined ? {} : { state }), ...(code === undefined ? {} : { code }) };
      return { items: await monitor.alerts(filter) };
    },
    acknowledge: (call) => monitor.acknowledge(call.params.alert_id, askerOf('acknowledge', call)),
    silence: (call) => monitor.silence(call.params.alert_id, call.body.minutes, askerOf('silence', call)),
    async drift() {
      const reports = await monitor.drift();
      return { systems: SYSTEMS.map((system) => ({ system, report: reports[system], ...looks.of(system) })) };
    },
    look: (call) => looks.begin(call.params.system, call.body, askerOf('look', call)),
    schedules: async () => ({ items: await monitor.schedules() }),
    pause: (call) => monitor.pause(call.params.name, askerOf('pause', call)),
    resume: (call) => monitor.resume(call.params.name, askerOf('resume', call)),
    run: (call) => monitor.run(call.params.name, askerOf('run', call)),
  };
}
