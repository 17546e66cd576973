import type { Answer } from '@contact-sync/api';
import { Anchor, Card, Group, List, Text } from '@mantine/core';
import { Link } from 'react-router';
import { ALERT_NAMES, aboutOf, inOrder } from '../logic/alerts.ts';
import { counted } from '../logic/words.ts';
import { AlertMark } from './alert-card.tsx';
import { Section } from './section.tsx';
import { When } from './when.tsx';

/** So many are named. */
const FEW = 5;

/** What people were told of and is not over; nothing where there is nothing. */
export function FiringAlerts({ alerts }: { alerts: Answer<'overview'>['alerts'] }) {
  if (alerts === null || alerts.length === 0) return null;
  const more = alerts.length - FEW;
  return (
    <Section title="Alerts">
      <Card p="sm">
        <List listStyleType="none" spacing={4} styles={{ itemWrapper: { display: 'block' } }}>
          {inOrder(alerts)
            .slice(0, FEW)
            .map((alert) => (
              <List.Item key={alert.alert_id}>
                <Group gap="xs">
                  <AlertMark alert={alert} />
                  <Text size="sm">
                    {ALERT_NAMES[alert.code]}: <bdi>{aboutOf(alert.subject)}</bdi>, since <When at={alert.since} />
                    {alert.acknowledged_by === null ? null : (
                      <>
                        , in the hand of <bdi>{alert.acknowledged_by}</bdi>
                      </>
                    )}
                  </Text>
                </Group>
              </List.Item>
            ))}
        </List>
        <Anchor component={Link} to="/alerts" size="sm" fw={600} underline="always" mt="xs" w="fit-content">
          {more > 0 ? `All alerts, ${counted(more, 'more', 'more')} among them` : 'What to do about them'}
        </Anchor>
      </Card>
    </Section>
  );
}
