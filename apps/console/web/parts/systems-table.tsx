import type { Answer } from '@contact-sync/api';
import { Anchor, Badge, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { SYSTEM_NAMES } from '../logic/words.ts';
import { Section } from './section.tsx';
import { When } from './when.tsx';

/** How a contact stands in each system. */
export function SystemsTable({ systems, head }: { systems: Answer<'contact'>['systems']; head: number }) {
  return (
    <Section title="In the systems">
      <Table.ScrollContainer minWidth={620} type="native" tabIndex={0} role="group" aria-label="Systems, scrollable">
        <Table aria-label="In the systems">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">System</Table.Th>
              <Table.Th scope="col">Record id</Table.Th>
              <Table.Th scope="col">Version held</Table.Th>
              <Table.Th scope="col">Standing</Table.Th>
              <Table.Th scope="col">Since</Table.Th>
              <Table.Th scope="col">Dead letter</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {systems.map(({ system, record_id, version, behind, since, dead_letter_id }) => (
              <Table.Tr key={system}>
                <Table.Th scope="row" fw={500}>
                  {SYSTEM_NAMES[system]}
                </Table.Th>
                <Table.Td>
                  {record_id === null ? (
                    <Text span size="sm" c="dimmed">
                      none
                    </Text>
                  ) : (
                    <bdi>{record_id}</bdi>
                  )}
                </Table.Td>
                <Table.Td>
                  {version ?? (
                    <Text span size="sm" c="dimmed">
                      nothing
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  {behind ? <Badge color="blue">Behind version {head}</Badge> : <Badge color="green">In step</Badge>}
                </Table.Td>
                <Table.Td>{since === null ? null : <When at={since} />}</Table.Td>
                <Table.Td>
                  {dead_letter_id === null ? null : (
                    <Anchor component={Link} to={`/dead-letters/${dead_letter_id}`} size="sm" underline="always">
                      Dead letter {dead_letter_id}
                    </Anchor>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Section>
  );
}
