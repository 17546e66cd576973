import type { Answer } from '@contact-sync/api';
import { Alert, type MantineColor, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconAlertOctagon, IconAlertTriangle, IconCircleCheck, type IconProps } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ComponentType } from 'react';
import { asked } from '../api.ts';
import { lasting } from '../logic/time.ts';
import { Down, HealthQueues, Storms, Workers } from '../parts/health-hub.tsx';
import { HealthSystem } from '../parts/health-system.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { When } from '../parts/when.tsx';

/** What the sync gets done: each system, the workers, the queues. */
export function HealthPage() {
  const health = useQuery({ ...asked('health', {}), refetchInterval: 5_000 });
  const drift = useQuery({
    ...asked('drift', {}),
    refetchInterval: ({ state }) => (state.data?.systems.some(({ running }) => running !== null) ? 2_000 : 15_000),
  });
  return (
    <Page title="Health" description="What the sync gets done, counted in the ledger and the queues as you look.">
      <Loaded query={health} label="health">
        {(report) => (
          <Stack gap="lg">
            <Status report={report} />
            <Down down={report.down} />
            {report.ledger === null ? null : <Storms storms={report.ledger.storms} />}
            {drift.error ? (
              <Trouble
                error={drift.error}
                title="What drifted could not be loaded"
                retry={() => void drift.refetch()}
                busy={drift.isFetching}
              />
            ) : null}
            {report.systems === null || report.ledger === null ? null : (
              <Systems systems={report.systems} drift={drift.data} window_s={report.ledger.window_s} />
            )}
            {report.ledger === null ? null : <Workers workers={report.ledger.workers} />}
            {report.queues === null && report.durability === null ? null : (
              <HealthQueues queues={report.queues} durability={report.durability} />
            )}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

interface SystemsProps {
  readonly systems: NonNullable<Answer<'health'>['systems']>;
  readonly drift: Answer<'drift'> | undefined;
  readonly window_s: number;
}

function Systems({ systems, drift, window_s }: SystemsProps) {
  return (
    <Section title="Systems">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {systems.map((one) => (
          <HealthSystem
            key={one.system}
            health={one}
            drift={drift?.systems.find(({ system }) => system === one.system)}
            window_s={window_s}
          />
        ))}
      </SimpleGrid>
    </Section>
  );
}

const STATUS: Readonly<
  Record<Answer<'health'>['status'], { words: string; color: MantineColor; Icon: ComponentType<IconProps> }>
> = {
  ready: { words: 'All systems answer, and work gets done', color: 'green', Icon: IconCircleCheck },
  degraded: { words: 'A system is away; the others go on', color: 'yellow', Icon: IconAlertTriangle },
  stalled: { words: 'Work waits, and nothing is finished', color: 'red', Icon: IconAlertOctagon },
  unavailable: { words: 'The hub itself cannot work', color: 'red', Icon: IconAlertOctagon },
};

function Status({ report: { status, at, ledger } }: { report: Answer<'health'> }) {
  const { words, color, Icon } = STATUS[status];
  return (
    <Alert role="group" aria-label="Status" color={color} icon={<Icon size={28} aria-hidden />} py="sm">
      <Text fw={700} size="lg" lh={1.3} role="status" data-status={status}>
        {words}
      </Text>
      <Text size="sm">
        As of <When at={at} />
        {ledger === null ? null : `; rates and times are those of the last ${lasting(ledger.window_s)}`}
      </Text>
    </Alert>
  );
}
