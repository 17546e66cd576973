import type { Answer } from '@contact-sync/api';
import { Alert, Anchor, Card, Group, SimpleGrid, Text } from '@mantine/core';
import { IconDatabaseOff } from '@tabler/icons-react';
import { Link } from 'react-router';
import { milliseconds } from '../logic/time.ts';
import { count } from '../logic/words.ts';
import { Section } from './section.tsx';

const TOTALS = [
  { key: 'contacts', label: 'Contacts', to: '/contacts' },
  { key: 'conflicts', label: 'Open conflicts', to: '/conflicts' },
  { key: 'dead_letters', label: 'Open dead letters', to: '/dead-letters' },
] as const;

/** How many there are of everything, or that the ledger, which knows, is away. */
export function Totals({ overview }: { overview: Answer<'overview'> }) {
  const { totals, ledger } = overview;
  return (
    <Section title="Totals">
      {totals === null || !ledger.ok ? (
        <Alert color="red" icon={<IconDatabaseOff aria-hidden />} title="The ledger is away" mb="xs">
          <Text size="sm">
            What waits and how many there are cannot be told until it is back.{' '}
            {ledger.detail === null ? null : <bdi>{ledger.detail}</bdi>}
          </Text>
        </Alert>
      ) : null}
      {totals === null ? null : (
        <SimpleGrid cols={{ base: 1, xs: 3 }}>
          {TOTALS.map(({ key, label, to }) => (
            <Card key={key} py="xs">
              <Group justify="space-between" gap="xs">
                <Anchor component={Link} to={to} size="sm" underline="always">
                  {label}
                </Anchor>
                <Text fw={700} size="xl">
                  {count(totals[key])}
                </Text>
              </Group>
            </Card>
          ))}
        </SimpleGrid>
      )}
      {ledger.ok ? (
        <Text size="xs" c="dimmed" mt={4}>
          The ledger answers in {milliseconds(ledger.latency_ms)}.
        </Text>
      ) : null}
    </Section>
  );
}
