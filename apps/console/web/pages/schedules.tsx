import { Badge, Code, Table, Text } from '@mantine/core';
import { IconPlayerPause, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { asked } from '../api.ts';
import { type Schedule, tookOf, workOf } from '../logic/schedules.ts';
import { lasting, milliseconds } from '../logic/time.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { ScheduleActions } from '../parts/schedule-actions.tsx';
import { When } from '../parts/when.tsx';

/** What runs by itself: how often, how it went, when it runs next. */
export function SchedulesPage() {
  const query = useQuery({ ...asked('schedules', {}), refetchInterval: 5_000 });
  return (
    <Page
      title="Schedules"
      description="What runs by itself, in one worker at a time. What is paused stays so until somebody resumes it."
    >
      <Loaded query={query} label="schedules">
        {({ items }) =>
          items.length === 0 ? (
            <Text role="status" py="xl" ta="center">
              Nothing is scheduled.
            </Text>
          ) : (
            <Table.ScrollContainer
              minWidth={860}
              type="native"
              tabIndex={0}
              role="group"
              aria-label="Schedules, scrollable"
            >
              <Table aria-label="Schedules">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">What</Table.Th>
                    <Table.Th scope="col">Every</Table.Th>
                    <Table.Th scope="col">Last run</Table.Th>
                    <Table.Th scope="col">Came to</Table.Th>
                    <Table.Th scope="col">Next</Table.Th>
                    <Table.Th scope="col">Do</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((schedule) => (
                    <Row key={schedule.name} schedule={schedule} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
    </Page>
  );
}

function Row({ schedule }: { schedule: Schedule }) {
  const { name, every_ms, last_began_at, running } = schedule;
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Th scope="row" fw={500} maw={320}>
        {workOf(name)}
        <Text size="xs" c="dimmed">
          {name}
        </Text>
      </Table.Th>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>{lasting(every_ms / 1_000)}</Table.Td>
      <Table.Td>
        <When at={last_began_at} />
        {running ? (
          <>
            {' '}
            <Badge color="blue" leftSection={<IconRefresh size={12} aria-hidden />}>
              Running
            </Badge>
          </>
        ) : null}
      </Table.Td>
      <Table.Td>
        <CameTo schedule={schedule} />
      </Table.Td>
      <Table.Td>
        <Next schedule={schedule} />
      </Table.Td>
      <Table.Td>
        <ScheduleActions schedule={schedule} />
      </Table.Td>
    </Table.Tr>
  );
}

function CameTo({ schedule }: { schedule: Schedule }) {
  const { outcome, code } = schedule;
  if (outcome === null)
    return (
      <Text span inherit c="dimmed">
        nothing yet
      </Text>
    );
  const took = tookOf(schedule);
  return (
    <>
      <Badge color={outcome === 'done' ? 'green' : 'red'}>{outcome === 'done' ? 'Done' : 'Failed'}</Badge>{' '}
      {took === null ? null : `in ${milliseconds(took)}`} {code === null ? null : <Code>{code}</Code>}
    </>
  );
}

function Next({ schedule: { paused_at, paused_by, next_at } }: { schedule: Schedule }) {
  if (paused_at === null) return <When at={next_at} never="not known" />;
  return (
    <>
      <Badge color="yellow" leftSection={<IconPlayerPause size={12} aria-hidden />}>
        Paused
      </Badge>{' '}
      <Text span size="sm">
        <When at={paused_at} />
        {paused_by === null ? null : (
          <>
            {' '}
            by <bdi>{paused_by}</bdi>
          </>
        )}
      </Text>
    </>
  );
}
