import { Table, Text } from '@mantine/core';
import { type FlowRow, TARGETS } from '../logic/flow.ts';
import { milliseconds, minute } from '../logic/time.ts';
import { count, SYSTEM_NAMES } from '../logic/words.ts';

const latency = (value: number | null | undefined) => (typeof value === 'number' ? milliseconds(value) : '–');

/** The last hour's minutes in which something was delivered, newest first. */
export function FlowTable({ rows }: { rows: readonly FlowRow[] }) {
  const busy = rows.filter((row) => TARGETS.some((target) => (row[`${target} delivered`] ?? 0) > 0)).toReversed();
  if (busy.length === 0) return <Text c="dimmed">Nothing was delivered in the last hour.</Text>;
  return (
    <Table.ScrollContainer
      minWidth={640}
      maxHeight={320}
      type="native"
      tabIndex={0}
      role="group"
      aria-label="The last hour, scrollable"
    >
      <Table stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Minute</Table.Th>
            {TARGETS.flatMap((target) => [
              <Table.Th scope="col" ta="right" key={`${target} n`}>
                {SYSTEM_NAMES[target]}
              </Table.Th>,
              <Table.Th scope="col" ta="right" key={`${target} 50`}>
                p50
              </Table.Th>,
              <Table.Th scope="col" ta="right" key={`${target} 95`}>
                p95
              </Table.Th>,
            ])}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {busy.map((row) => (
            <Table.Tr key={row.at}>
              <Table.Th scope="row" fw={400}>
                {minute(row.at)}
              </Table.Th>
              {TARGETS.flatMap((target) => [
                <Table.Td ta="right" key={`${target} n`}>
                  {count(row[`${target} delivered`] ?? 0)}
                </Table.Td>,
                <Table.Td ta="right" key={`${target} 50`}>
                  {latency(row[`${target} p50`])}
                </Table.Td>,
                <Table.Td ta="right" key={`${target} 95`}>
                  {latency(row[`${target} p95`])}
                </Table.Td>,
              ])}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
