import { Alert, Anchor, Badge, Card, Group, List, type MantineColor, Text, ThemeIcon } from '@mantine/core';
import {
  IconAlertOctagon,
  IconAlertTriangle,
  IconCircleCheck,
  IconHelpCircle,
  type IconProps,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { Link } from 'react-router';
import { type Attention, placeFor, verdictOf } from '../logic/attention.ts';
import { SYSTEM_NAMES } from '../logic/words.ts';
import { useLive } from './live.tsx';
import { Section } from './section.tsx';
import { When } from './when.tsx';

const LOOKS: Readonly<
  Record<'well' | 'warning' | 'critical' | 'unknown', { color: MantineColor; Icon: ComponentType<IconProps> }>
> = {
  well: { color: 'green', Icon: IconCircleCheck },
  warning: { color: 'yellow', Icon: IconAlertTriangle },
  critical: { color: 'red', Icon: IconAlertOctagon },
  unknown: { color: 'gray', Icon: IconHelpCircle },
};

/** The one line at the top: all is well, or the worst of what is not. */
export function Verdict() {
  const { overview, state, confirmed } = useLive();
  const { words, severity } = verdictOf(overview, state !== 'stale');
  const { color, Icon } = LOOKS[severity];
  return (
    <Alert role="group" aria-label="Verdict" color={color} icon={<Icon size={28} aria-hidden />} py="sm">
      <Text fw={700} size="lg" lh={1.3} role="status" data-verdict={severity}>
        <bdi>{words}</bdi>
      </Text>
      {confirmed === null ? null : (
        <Text size="sm">
          As of <When at={new Date(confirmed).toISOString()} />
        </Text>
      )}
    </Alert>
  );
}

/** What needs a person, worst first, each with what to do and where. */
export function AttentionList({ attention }: { attention: readonly Attention[] }) {
  if (attention.length === 0) return null;
  return (
    <Section title="Needs attention">
      <Card p={0}>
        <List listStyleType="none" styles={{ itemWrapper: { display: 'block' } }}>
          {attention.map((item) => (
            <List.Item key={`${item.code} ${item.system} ${item.message}`} p="sm">
              <Item item={item} />
            </List.Item>
          ))}
        </List>
      </Card>
    </Section>
  );
}

function Item({ item }: { item: Attention }) {
  const { color, Icon } = LOOKS[item.severity];
  const place = placeFor(item);
  return (
    <Group align="flex-start" wrap="nowrap" gap="sm">
      <ThemeIcon variant="light" color={color} aria-hidden>
        <Icon size={18} />
      </ThemeIcon>
      <div>
        <Group gap="xs">
          <Badge color={color}>{item.severity === 'critical' ? 'Critical' : 'Warning'}</Badge>
          {item.system === null ? null : <Badge color="gray">{SYSTEM_NAMES[item.system]}</Badge>}
          <Text fw={600}>
            <bdi>{item.message}</bdi>
          </Text>
        </Group>
        <Text size="sm" mt={4}>
          <bdi>{item.advice}</bdi>
        </Text>
        {place === null ? null : (
          <Anchor component={Link} to={place.to} size="sm" fw={600} underline="always">
            {place.label}
          </Anchor>
        )}
      </div>
    </Group>
  );
}
