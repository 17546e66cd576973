import { Anchor, Badge, Card, Code, Group, Text, Title } from '@mantine/core';
import { IconAlertOctagon, IconAlertTriangle, IconBellOff, IconClock, IconHandStop } from '@tabler/icons-react';
import { Link } from 'react-router';
import { ALERT_NAMES, type Alert, aboutOf, remedyOf, silentUntil } from '../logic/alerts.ts';
import { lasting } from '../logic/time.ts';
import { Advice } from './advice.tsx';
import { AlertActions } from './alert-actions.tsx';
import { useNow, When } from './when.tsx';

/** How bad it is, or that nobody was told yet, by word and sign and colour. */
export function AlertMark({ alert: { state, severity } }: { alert: Alert }) {
  if (state === 'pending')
    return (
      <Badge color="gray" leftSection={<IconClock size={12} aria-hidden />}>
        Nobody told yet
      </Badge>
    );
  return severity === 'critical' ? (
    <Badge color="red" leftSection={<IconAlertOctagon size={12} aria-hidden />}>
      Critical
    </Badge>
  ) : (
    <Badge color="yellow" leftSection={<IconAlertTriangle size={12} aria-hidden />}>
      Warning
    </Badge>
  );
}

/** One alert that is not over: what is wrong, what to do, who has it in hand. */
export function AlertCard({ alert }: { alert: Alert }) {
  const { code, subject, message, advice, since, fired_at, acknowledged_by, acknowledged_at } = alert;
  const remedy = remedyOf(alert);
  const now = useNow();
  const silent = silentUntil(alert, now);
  return (
    <Card component="article" aria-label={`${ALERT_NAMES[code]}, ${aboutOf(subject)}`}>
      <Group gap="xs" mb={4}>
        <AlertMark alert={alert} />
        <Badge color="gray">
          <bdi>{aboutOf(subject)}</bdi>
        </Badge>
        {acknowledged_by === null ? null : (
          <Badge color="blue" leftSection={<IconHandStop size={12} aria-hidden />}>
            In hand
          </Badge>
        )}
        {silent === null ? null : (
          <Badge color="gray" leftSection={<IconBellOff size={12} aria-hidden />}>
            Silent
          </Badge>
        )}
      </Group>
      <Title order={3} size="h5">
        {ALERT_NAMES[code]}
      </Title>
      <Text size="sm">
        <bdi>{message}</bdi>
      </Text>
      <Text size="sm" mt={4}>
        <Text span inherit fw={600}>
          What to do:
        </Text>{' '}
        <Advice>{advice}</Advice>{' '}
        {remedy === null ? null : (
          <Anchor component={Link} to={remedy.to} inherit fw={600} underline="always">
            {remedy.label}
          </Anchor>
        )}
      </Text>
      <Text size="sm" c="dimmed" mt={4}>
        Wrong since <When at={since} />
        {fired_at === null ? null : (
          <>
            , told <When at={fired_at} />
          </>
        )}
        {acknowledged_by === null ? null : (
          <>
            , in the hand of <bdi>{acknowledged_by}</bdi> <When at={acknowledged_at} />
          </>
        )}
        {silent === null ? null : (
          <>
            , silent for another {lasting((Date.parse(silent) - now) / 1_000)}
            {alert.silenced_by === null ? null : (
              <>
                {' '}
                by <bdi>{alert.silenced_by}</bdi>
              </>
            )}
          </>
        )}
        . <Code>{code}</Code>
      </Text>
      <AlertActions alert={alert} />
    </Card>
  );
}
