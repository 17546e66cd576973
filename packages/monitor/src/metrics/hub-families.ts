/** What is told of the hub as a whole. */
import { ALERTS } from '@contact-sync/sync';
import type { HealthReport } from '../monitor.ts';
import { type Family, instant, sample } from './family.ts';

const STATUS = ['ready', 'degraded', 'stalled', 'unavailable'] as const satisfies readonly HealthReport['status'][];
const PARTS = ['ledger', 'queues'] as const;

const whole = (name: string, help: string, value: (report: HealthReport) => Parameters<typeof sample>[0]): Family => ({
  name,
  help,
  labels: {},
  samples: (report) => sample(value(report)),
});

export const HUB_FAMILIES: readonly Family[] = [
  {
    name: 'contact_sync_status',
    help: '1 for how the hub is, 0 for how it is not.',
    labels: { status: STATUS },
    samples: (report) => STATUS.flatMap((status) => sample(report.status === status, { status })),
  },
  {
    name: 'contact_sync_part_up',
    help: 'Whether the ledger and the queues answer.',
    labels: { part: PARTS },
    samples: ({ down }) => PARTS.flatMap((part) => sample(!down.some((one) => one.part === part), { part })),
  },
  whole('contact_sync_contacts', 'Contacts without deleted ones.', ({ ledger }) => ledger?.contacts),
  whole('contact_sync_conflicts_open', 'Ties that wait for a person.', ({ ledger }) => ledger?.conflicts),
  whole(
    'contact_sync_storms',
    'Contacts that gain versions too fast, as by two programs that undo the edits of each other.',
    ({ ledger }) => ledger?.storms.length,
  ),
  whole(
    'contact_sync_workers',
    'Worker processes that told of themselves within the last minute.',
    ({ ledger }) => ledger?.workers.length,
  ),
  whole(
    'contact_sync_window_seconds',
    'Over how many seconds rates and latencies are counted.',
    ({ ledger }) => ledger?.window_s,
  ),
  whole('contact_sync_report_timestamp_seconds', 'The moment that these numbers tell of.', ({ at }) => instant(at)),
  {
    name: 'contact_sync_alerts_firing',
    help: 'Alerts of the hub that people were told of and that are not over.',
    labels: { code: ALERTS },
    samples: ({ alerts }) =>
      alerts === null
        ? []
        : ALERTS.flatMap((code) =>
            sample(alerts.filter((alert) => alert.code === code && alert.state === 'firing').length, { code }),
          ),
  },
];
