import type { Answer } from '@contact-sync/api';
import { Anchor, Badge, Card, DataList, Group, SimpleGrid, Text, Title } from '@mantine/core';
import { IconCircleCheck, IconPlugConnectedX } from '@tabler/icons-react';
import { Link } from 'react-router';
import { lasting, milliseconds } from '../logic/time.ts';
import { count, percentage, SYSTEM_NAMES } from '../logic/words.ts';
import { Line } from './line.tsx';
import { Section } from './section.tsx';
import { When } from './when.tsx';

type SystemOverview = Answer<'overview'>['systems'][number];

/** Each system in a card: whether it answers, and what waits for it. */
export function SystemCards({ systems }: { systems: readonly SystemOverview[] }) {
  return (
    <Section title="Systems">
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
        {systems.map((system) => (
          <SystemCard key={system.system} system={system} />
        ))}
      </SimpleGrid>
    </Section>
  );
}

function SystemCard({ system: one }: { system: SystemOverview }) {
  const { system, ok, detail, latency_ms, last_success, dead_letters } = one;
  return (
    <Card component="article" aria-label={SYSTEM_NAMES[system]}>
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={3} size="h5">
          {SYSTEM_NAMES[system]}
        </Title>
        <Badge
          color={ok ? 'green' : 'red'}
          leftSection={ok ? <IconCircleCheck size={12} aria-hidden /> : <IconPlugConnectedX size={12} aria-hidden />}
        >
          {ok ? 'Up' : 'Down'}
        </Badge>
      </Group>
      {detail === null ? null : (
        <Text size="sm" mb="xs" c={ok ? undefined : 'var(--mantine-color-error)'}>
          <bdi>{detail}</bdi>
        </Text>
      )}
      <DataList gap={2} labelWidth="100px">
        <Line label="Pending">
          <Waiting value={one.pending} oldest={one.oldest_pending_s} />
        </Line>
        <Line label="Inbox">
          <Waiting value={one.inbox} oldest={one.oldest_inbox_s} />
        </Line>
        <Line label="Dead letters">
          {dead_letters === null ? (
            <Unknown />
          ) : dead_letters === 0 ? (
            '0'
          ) : (
            <Anchor component={Link} to={`/dead-letters?system=${system}`} inherit underline="always">
              {count(dead_letters)}
            </Anchor>
          )}
        </Line>
        <Line label="Last success">
          <When at={last_success} />
        </Line>
        <Line label="Edits take">{latencyOf(one.latency)}</Line>
        <Line label="Errors">{errorsOf(one.errors)}</Line>
        <Line label="Drift">
          <Drift look={one.drift} />
        </Line>
        <Line label="Answers in">{milliseconds(latency_ms)}</Line>
      </DataList>
    </Card>
  );
}

/** What the last look found, and when that was. */
function Drift({ look }: { look: SystemOverview['drift'] }) {
  if (look === null) return 'not looked for';
  return (
    <>
      {look.found === 0 ? 'none' : `${count(look.found)} (${percentage(look.percent)})`}, <When at={look.at} />
    </>
  );
}

/** Half of the edits and nineteen of twenty were there in this time; the page of health tells more. */
function latencyOf(latency: SystemOverview['latency']) {
  if (latency === null) return <Unknown />;
  const { p50_ms, p95_ms } = latency;
  return p50_ms === null || p95_ms === null
    ? 'none came lately'
    : `${milliseconds(p50_ms)}, most up to ${milliseconds(p95_ms)}`;
}

function errorsOf(errors: SystemOverview['errors']) {
  if (errors === null) return <Unknown />;
  const recent = errors.reduce((sum, one) => sum + one.recent, 0);
  if (recent === 0) return 'none lately';
  return (
    <Anchor component={Link} to="/health" inherit underline="always">
      {count(recent)} lately
    </Anchor>
  );
}

const Unknown = () => (
  <Text span inherit c="dimmed">
    unknown
  </Text>
);

function Waiting({ value, oldest }: { value: number | null; oldest: number | null }) {
  if (value === null) return <Unknown />;
  if (value === 0 || oldest === null) return count(value);
  return `${count(value)}, oldest ${lasting(oldest)}`;
}
