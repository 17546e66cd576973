import type { Answer } from '@contact-sync/api';
import { Alert, Anchor, List, Table, Text } from '@mantine/core';
import { IconDatabaseOff, IconRepeat, IconUserOff } from '@tabler/icons-react';
import { Link } from 'react-router';
import { count, counted, SYSTEM_NAMES, type System } from '../logic/words.ts';
import { Section } from './section.tsx';
import { When } from './when.tsx';

type Health = Answer<'health'>;

const PARTS = { ledger: 'The ledger is away', queues: 'The queues are away' } as const;

/** What of the hub itself does not answer; nothing where all of it does. */
export function Down({ down }: Pick<Health, 'down'>) {
  return down.map(({ part, detail }) => (
    <Alert key={part} color="red" icon={<IconDatabaseOff aria-hidden />} title={PARTS[part]}>
      <Text size="sm">
        <bdi>{detail}</bdi>
      </Text>
    </Alert>
  ));
}

/** Contacts that gain versions too fast. */
export function Storms({ storms }: Pick<NonNullable<Health['ledger']>, 'storms'>) {
  if (storms.length === 0) return null;
  return (
    <Alert color="yellow" icon={<IconRepeat aria-hidden />} title="Two programs seem to undo each other’s edits">
      <List size="sm">
        {storms.map(({ contact_id, versions }) => (
          <List.Item key={contact_id}>
            <Anchor component={Link} to={`/contacts/${contact_id}?tab=timeline`} c="inherit" inherit underline="always">
              Contact {contact_id}
            </Anchor>
            : {counted(versions, 'version')} within a minute
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** Who does the work, and what keeps them from it. */
export function Workers({ workers }: Pick<NonNullable<Health['ledger']>, 'workers'>) {
  return (
    <Section title="Workers">
      {workers.length === 0 ? (
        <Alert color="red" icon={<IconUserOff aria-hidden />} title="No worker runs">
          None has told of itself within the last minute: edits are kept, and nothing is done with them.
        </Alert>
      ) : (
        <Table.ScrollContainer minWidth={420} type="native" tabIndex={0} role="group" aria-label="Workers, scrollable">
          <Table verticalSpacing={5} aria-label="Workers">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Worker</Table.Th>
                <Table.Th scope="col">Started</Table.Th>
                <Table.Th scope="col">Heard of</Table.Th>
                <Table.Th scope="col">Waits for</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {workers.map(({ worker_id, started_at, beat_at, waiting, failing }) => (
                <Table.Tr key={worker_id}>
                  <Table.Th scope="row" fw={400}>
                    {worker_id.slice(0, 8)}
                  </Table.Th>
                  <Table.Td>
                    <When at={started_at} />
                  </Table.Td>
                  <Table.Td>
                    <When at={beat_at} />
                  </Table.Td>
                  <Table.Td>{waitsFor(waiting, failing)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Section>
  );
}

function waitsFor(waiting: Readonly<Record<string, string>>, failing: Readonly<Record<string, string>>): string {
  const all = [
    ...Object.entries(waiting).map(([queue, code]) => `${queue} (${code})`),
    ...Object.entries(failing).map(([system, code]) => `edits of ${SYSTEM_NAMES[system as System]} (${code})`),
  ];
  return all.join(', ') || 'nothing';
}

const COLUMNS = ['waiting', 'active', 'delayed', 'failed'] as const;
const RATES = [
  ['completed_per_minute', 'Done a minute'],
  ['failed_per_minute', 'Failed a minute'],
] as const;

/** Jobs and how fast they end, and whether the queues keep them. */
export function HealthQueues({ queues, durability }: Pick<Health, 'queues' | 'durability'>) {
  return (
    <Section title="Queues">
      {durability === null ? null : <Durability durability={durability} />}
      {queues === null ? null : (
        <Table.ScrollContainer minWidth={560} type="native" tabIndex={0} role="group" aria-label="Queues, scrollable">
          <Table verticalSpacing={5} aria-label="Queues">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Queue</Table.Th>
                {COLUMNS.map((column) => (
                  <Table.Th scope="col" key={column} ta="right" tt="capitalize">
                    {column}
                  </Table.Th>
                ))}
                {RATES.map(([column, label]) => (
                  <Table.Th scope="col" key={column} ta="right">
                    {label}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {queues.map((one) => (
                <Table.Tr key={one.queue}>
                  <Table.Th scope="row" fw={400} style={{ whiteSpace: 'nowrap' }}>
                    {one.queue}
                  </Table.Th>
                  {COLUMNS.map((column) => (
                    <Table.Td key={column} ta="right">
                      {count(one[column])}
                    </Table.Td>
                  ))}
                  {RATES.map(([column]) => (
                    <Table.Td key={column} ta="right">
                      {rate(one[column])}
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

const rate = (value: number | null): string => (value === null ? '–' : count(Math.round(value * 10) / 10));

function Durability({ durability }: { durability: NonNullable<Health['durability']> }) {
  const { kind, persistent, evicts, detail } = durability;
  const sound = persistent !== false && evicts !== true;
  const known = persistent !== null && evicts !== null;
  const title = sound ? (known ? 'The queues keep their jobs' : 'Not known') : 'The queues may lose jobs';
  return (
    <Alert
      color={sound ? (known ? 'green' : 'gray') : 'yellow'}
      title={`${title} (${kind === 'redis' ? 'Redis' : 'Postgres'})`}
      mb="xs"
    >
      <Text size="sm">
        <bdi>{detail}</bdi>
      </Text>
    </Alert>
  );
}
