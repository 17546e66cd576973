import type { Answer } from '@contact-sync/api';
import { Anchor, Badge, Card, DataList, Divider, Group, Stack, Table, Text, Title } from '@mantine/core';
import { IconCircleCheck, IconHelpCircle, IconPlugConnectedX } from '@tabler/icons-react';
import { Link } from 'react-router';
import { lasting, milliseconds } from '../logic/time.ts';
import { count, counted, SYSTEM_NAMES } from '../logic/words.ts';
import { DriftPanel } from './drift-panel.tsx';
import { Line } from './line.tsx';
import { When } from './when.tsx';

type SystemHealth = NonNullable<Answer<'health'>['systems']>[number];

interface HealthSystemProps {
  readonly health: SystemHealth;
  readonly drift: Answer<'drift'>['systems'][number] | undefined;
  readonly window_s: number;
}

/** One system: whether it answers, what waits for it, how long edits take to get there, what fails, what drifted. */
export function HealthSystem({ health, drift, window_s }: HealthSystemProps) {
  const { system, reachable, latency, errors } = health;
  return (
    <Card component="article" aria-label={SYSTEM_NAMES[system]}>
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={3} size="h5">
          {SYSTEM_NAMES[system]}
        </Title>
        <Reachable reachable={reachable} />
      </Group>
      {reachable?.detail ? (
        <Text size="sm" mb="xs" c={reachable.ok ? undefined : 'var(--mantine-color-error)'}>
          <bdi>{reachable.detail}</bdi>
        </Text>
      ) : null}
      <DataList gap={2} labelWidth="130px">
        <Line label="Pending">{waiting(health.pending, health.oldest_pending_s)}</Line>
        <Line label="Inbox">{waiting(health.inbox, health.oldest_inbox_s)}</Line>
        <Line label="Came there">
          {count(health.finished)} in {lasting(window_s)}
        </Line>
        <Line label="Last success">
          <When at={health.last_success} />
        </Line>
        <Line label="Edits take">
          {latency.p50_ms === null ? 'none came lately' : <LatencyWords latency={latency} />}
        </Line>
        <Line label="Dead letters">
          {health.dead_letters === 0 ? (
            '0'
          ) : (
            <Anchor component={Link} to={`/dead-letters?system=${system}`} inherit underline="always">
              {count(health.dead_letters)}
            </Anchor>
          )}
        </Line>
        <Line label="Conflicts">
          {health.conflicts === 0 ? (
            '0'
          ) : (
            <Anchor component={Link} to="/conflicts" inherit underline="always">
              {count(health.conflicts)}
            </Anchor>
          )}
        </Line>
        {reachable === null ? null : (
          <Line label="Answers in">
            {milliseconds(reachable.latency_ms)}
            {reachable.skew_ms === null ? '' : `, ${clockWords(reachable.skew_ms)}`}
          </Line>
        )}
      </DataList>
      <Stack gap="xs" mt="xs">
        {errors.length === 0 ? null : <Errors system={system} errors={errors} />}
        {drift === undefined ? null : (
          <>
            <Divider />
            <DriftPanel of={drift} />
          </>
        )}
      </Stack>
    </Card>
  );
}

function Reachable({ reachable }: { reachable: SystemHealth['reachable'] }) {
  if (reachable === null)
    return (
      <Badge color="gray" leftSection={<IconHelpCircle size={12} aria-hidden />}>
        Not asked
      </Badge>
    );
  return reachable.ok ? (
    <Badge color="green" leftSection={<IconCircleCheck size={12} aria-hidden />}>
      Up
    </Badge>
  ) : (
    <Badge color="red" leftSection={<IconPlugConnectedX size={12} aria-hidden />}>
      Down
    </Badge>
  );
}

/** Half of the edits, nineteen of twenty, ninety-nine of a hundred were there in this time. */
export function LatencyWords({ latency: { p50_ms, p95_ms, p99_ms, count: edits } }: Pick<SystemHealth, 'latency'>) {
  const shown = [p50_ms, p95_ms, p99_ms].map((ms) => (ms === null ? '–' : milliseconds(ms)));
  return (
    <>
      <abbr title="half of the edits take no longer">p50</abbr> {shown[0]} ·{' '}
      <abbr title="of twenty edits, nineteen take no longer">p95</abbr> {shown[1]} ·{' '}
      <abbr title="of a hundred edits, ninety-nine take no longer">p99</abbr> {shown[2]}, of {counted(edits, 'edit')}
    </>
  );
}

function Errors({ system, errors }: Pick<SystemHealth, 'system' | 'errors'>) {
  return (
    <Table verticalSpacing={3} horizontalSpacing={4} aria-label={`Errors of ${SYSTEM_NAMES[system]}`}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Error</Table.Th>
          <Table.Th scope="col" ta="right">
            Open
          </Table.Th>
          <Table.Th scope="col" ta="right">
            Lately
          </Table.Th>
          <Table.Th scope="col" ta="right">
            A minute
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {errors.map(({ code, open, recent, per_minute }) => (
          <Table.Tr key={code}>
            <Table.Th scope="row" fw={400} style={{ overflowWrap: 'anywhere' }}>
              {code}
            </Table.Th>
            <Table.Td ta="right">{count(open)}</Table.Td>
            <Table.Td ta="right">{count(recent)}</Table.Td>
            <Table.Td ta="right">{count(Math.round(per_minute * 10) / 10)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const waiting = (value: number, oldest: number | null): string =>
  value === 0 || oldest === null ? count(value) : `${count(value)}, oldest ${lasting(oldest)}`;

function clockWords(skew_ms: number): string {
  if (Math.abs(skew_ms) < 1_000) return 'clock in step';
  return `clock ${milliseconds(Math.abs(skew_ms))} ${skew_ms > 0 ? 'ahead' : 'behind'}`;
}
