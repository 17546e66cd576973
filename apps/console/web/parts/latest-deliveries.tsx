import type { Answer } from '@contact-sync/api';
import { Anchor, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { milliseconds } from '../logic/time.ts';
import { SYSTEM_NAMES } from '../logic/words.ts';
import { Section } from './section.tsx';
import { When } from './when.tsx';

/** What came to the targets last. */
export function LatestDeliveries({ latest }: { latest: Answer<'overview'>['latest'] }) {
  return (
    <Section title="Latest deliveries">
      {latest.length === 0 ? (
        <Text c="dimmed">Nothing was delivered yet.</Text>
      ) : (
        <Table.ScrollContainer
          minWidth={420}
          type="native"
          tabIndex={0}
          role="group"
          aria-label="Latest deliveries, scrollable"
        >
          <Table verticalSpacing={5}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Contact</Table.Th>
                <Table.Th scope="col">Version</Table.Th>
                <Table.Th scope="col">To</Table.Th>
                <Table.Th scope="col">When</Table.Th>
                <Table.Th scope="col" ta="right">
                  Took
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {latest.slice(0, 12).map(({ contact_id, version, target, last_at, waited_ms }) => (
                <Table.Tr key={`${contact_id} ${version} ${target} ${last_at}`}>
                  <Table.Td>
                    <Anchor component={Link} to={`/contacts/${contact_id}`} size="sm" underline="always">
                      {contact_id}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>{version}</Table.Td>
                  <Table.Td style={{ whiteSpace: 'nowrap' }}>{SYSTEM_NAMES[target]}</Table.Td>
                  <Table.Td>
                    <When at={last_at} />
                  </Table.Td>
                  <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
                    {waited_ms === null ? '' : milliseconds(waited_ms)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Section>
  );
}
