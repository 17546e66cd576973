import type { Answer } from '@contact-sync/api';
import { Table, Text } from '@mantine/core';
import { fieldName } from '../logic/words.ts';
import { Value } from './value.tsx';

type Change = Extract<Answer<'timeline'>['items'][number], { kind: 'version' }>['changes'][number];

/** What a version changed, field by field: before and after. */
export function ChangeTable({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) {
    return (
      <Text size="sm" c="dimmed" mt={4}>
        No field differs from the version before.
      </Text>
    );
  }
  return (
    <Table.ScrollContainer
      minWidth={420}
      type="native"
      mt={4}
      tabIndex={0}
      role="group"
      aria-label="Changes, scrollable"
    >
      <Table withTableBorder withColumnBorders verticalSpacing={4} layout="fixed" aria-label="Changes">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" w={140}>
              Field
            </Table.Th>
            <Table.Th scope="col">Before</Table.Th>
            <Table.Th scope="col">After</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map(({ field, before, after }) => (
            <Table.Tr key={field} style={{ verticalAlign: 'top' }}>
              <Table.Th scope="row" fw={500}>
                <bdi title={field}>{fieldName(field)}</bdi>
              </Table.Th>
              <Table.Td>
                <Value value={before} />
              </Table.Td>
              <Table.Td>
                <Value value={after} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
