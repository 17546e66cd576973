import type { Answer } from '@contact-sync/api';
import { Alert, Anchor, Table, Text } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { count } from '../logic/words.ts';
import { Section } from './section.tsx';

interface QueueCountsProps {
  readonly counts: Answer<'overview'>['queue_counts'];
  readonly queues: Answer<'overview'>['queues'];
}

/** How many jobs are in each queue. */
export function QueueCounts({ counts, queues }: QueueCountsProps) {
  return (
    <Section title="Queues">
      {counts === null || !queues.ok ? (
        <Alert color="red" icon={<IconStack2 aria-hidden />} title="The queues are away">
          <Text size="sm">
            Nothing is lost: what is pending is in the ledger.{' '}
            {queues.detail === null ? null : <bdi>{queues.detail}</bdi>}
          </Text>
        </Alert>
      ) : null}
      {counts === null ? null : (
        <Table.ScrollContainer minWidth={420} type="native" tabIndex={0} role="group" aria-label="Queues, scrollable">
          <Table verticalSpacing={5}>
            <Table.Caption>
              Jobs are looked into on the{' '}
              <Anchor href="/queues" underline="always" inherit>
                queue board
              </Anchor>
              .
            </Table.Caption>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Queue</Table.Th>
                {COLUMNS.map((column) => (
                  <Table.Th scope="col" key={column} ta="right" tt="capitalize">
                    {column}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {counts.map((one) => (
                <Table.Tr key={one.queue}>
                  <Table.Th scope="row" fw={400}>
                    {one.queue}
                  </Table.Th>
                  {COLUMNS.map((column) => (
                    <Table.Td key={column} ta="right">
                      {count(one[column])}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Section>
  );
}

const COLUMNS = ['waiting', 'active', 'delayed', 'failed'] as const;
