import type { Log } from '@contact-sync/sync';
import type { Sink } from './sink.ts';
import { lastedOf, toldOf } from './text.ts';

/** Tells the log: what is critical as an error, what is over as information. */
export function logSink(log: Log): Sink {
  return {
    name: 'log',
    async send(telling) {
      const { event, alert } = telling;
      const { alert_id, code, subject, severity, value, since, message, advice } = alert;
      const fields = { alert_id, code, subject, severity, value, since };
      if (event === 'resolved') return log.info({ ...fields, lasted: lastedOf(alert) }, 'alert resolved');
      const told = { ...fields, what: message, advice, acknowledge: toldOf(telling).acknowledge };
      if (severity === 'critical') log.error(told, 'alert fires');
      else log.warn(told, 'alert fires');
    },
    close() {},
  };
}
