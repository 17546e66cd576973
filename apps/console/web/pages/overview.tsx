import { SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { AttentionList, Verdict } from '../parts/attention.tsx';
import { FiringAlerts } from '../parts/firing-alerts.tsx';
import { LatestDeliveries } from '../parts/latest-deliveries.tsx';
import { useLive } from '../parts/live.tsx';
import { Page } from '../parts/page.tsx';
import { QueueCounts } from '../parts/queue-counts.tsx';
import { SystemCards } from '../parts/system-cards.tsx';
import { Totals } from '../parts/totals.tsx';
import { Trouble } from '../parts/trouble.tsx';

// The charts are half of the console: they come after what is wrong is on the screen.
// Where they do not come (the server was replaced meanwhile, with files of other names), everything else stays.
const FlowCharts = lazy(() =>
  import('../parts/flow-charts.tsx').catch(() => ({
    default: () => <Text role="status">The charts could not be loaded: load the page again.</Text>,
  })),
);

/** Everything at a glance: what is wrong first. */
export function OverviewPage() {
  const { overview, error, state, refetch } = useLive();
  const old = state === 'stale' && overview !== undefined;
  return (
    <Page title="Overview">
      <Verdict />
      {error ? <Trouble error={error} title="The server does not say how things are" retry={refetch} /> : null}
      {overview === undefined ? (
        error ? null : (
          <Stack role="status" aria-label="Loading the overview">
            <Skeleton height={60} />
            <Skeleton height={180} />
            <Skeleton height={240} />
          </Stack>
        )
      ) : (
        <Stack gap="lg" className={old ? 'old' : ''}>
          <AttentionList attention={overview.attention} />
          <FiringAlerts alerts={overview.alerts} />
          <SystemCards systems={overview.systems} />
          <Totals overview={overview} />
          <Suspense fallback={<Skeleton height={280} role="status" aria-label="Loading the charts" />}>
            <FlowCharts flow={overview.flow} at={overview.at} />
          </Suspense>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
            <QueueCounts counts={overview.queue_counts} queues={overview.queues} />
            <LatestDeliveries latest={overview.latest} />
          </SimpleGrid>
        </Stack>
      )}
    </Page>
  );
}
