import { Anchor, Badge, Code, Group, Progress, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { type Run, tally } from '../logic/replay.ts';
import { count } from '../logic/words.ts';
import { RESULTS } from './letter-state.ts';
import type { BulkResult } from './use-bulk.ts';

/** So many rows at most: thousands in a table help nobody. */
const SHOWN = 200;

const STATES = { running: 'Under way', stopped: 'Stopped', failed: 'Halted', done: 'Done' } as const;

/** How far a run has come, what became of how many, and of each. */
export function BulkProgress({ run, total }: { run: Run<BulkResult>; total: number }) {
  const { results, state } = run;
  // More may have come since they were counted.
  const all = Math.max(total, results.length);
  const done = state === 'done' ? 100 : all === 0 ? 0 : (100 * results.length) / all;
  // Failures first: they are what is to be looked at.
  const sorted = results.toSorted((a, b) => Number(b.result === 'failed') - Number(a.result === 'failed'));
  return (
    <>
      <Progress.Root size="lg">
        <Progress.Section value={done} animated={state === 'running'} aria-label="Progress" />
      </Progress.Root>
      <Group gap="xs" role="status" aria-label="Results">
        <Text size="sm" fw={600}>
          {STATES[state]}: {count(results.length)} of {count(all)}
        </Text>
        {[...tally(results)].map(([result, many]) => (
          <Badge key={result} color={RESULTS[result]?.color ?? 'gray'}>
            {RESULTS[result]?.label ?? result}: {count(many)}
          </Badge>
        ))}
      </Group>
      {results.length === 0 ? null : (
        <Table.ScrollContainer
          minWidth={380}
          maxHeight={320}
          type="native"
          tabIndex={0}
          role="group"
          aria-label="Results of each, scrollable"
        >
          <Table aria-label="Results of each">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Letter</Table.Th>
                <Table.Th scope="col">Result</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sorted.slice(0, SHOWN).map(({ dead_letter_id, result, code }) => (
                <Table.Tr key={dead_letter_id}>
                  <Table.Td>
                    <Anchor component={Link} to={`/dead-letters/${dead_letter_id}`} size="sm" underline="always">
                      Dead letter {dead_letter_id}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>
                    {RESULTS[result]?.label ?? result} {code ? <Code>{code}</Code> : null}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {sorted.length > SHOWN ? (
            <Text size="sm" c="dimmed">
              And {count(sorted.length - SHOWN)} more.
            </Text>
          ) : null}
        </Table.ScrollContainer>
      )}
    </>
  );
}
