import type { Answer } from '@contact-sync/api';
import { Anchor, Badge, Checkbox, Code, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { SYSTEM_NAMES } from '../logic/words.ts';
import { LETTER_COLORS, LETTER_STATES } from './letter-state.ts';
import { When } from './when.tsx';

interface LettersTableProps {
  readonly letters: Answer<'deadLetters'>['items'];
  readonly chosen: ReadonlySet<string>;
  readonly choose: (ids: ReadonlySet<string>) => void;
}

/** A page of dead letters, to choose from. */
export function LettersTable({ letters, chosen, choose }: LettersTableProps) {
  const open = letters.filter(({ status }) => status === 'open').map(({ dead_letter_id }) => dead_letter_id);
  const count = open.filter((id) => chosen.has(id)).length;
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    choose(next);
  };
  return (
    <Table.ScrollContainer minWidth={940} type="native" tabIndex={0} role="group" aria-label="Dead letters, scrollable">
      <Table aria-label="Dead letters">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" w={40}>
              <Checkbox
                aria-label="Select all on this page"
                disabled={open.length === 0}
                checked={open.length > 0 && count === open.length}
                indeterminate={count > 0 && count < open.length}
                onChange={() => choose(new Set(count === open.length ? [] : open))}
              />
            </Table.Th>
            <Table.Th scope="col">Letter</Table.Th>
            <Table.Th scope="col">Contact</Table.Th>
            <Table.Th scope="col">Cause</Table.Th>
            <Table.Th scope="col" ta="right">
              Attempts
            </Table.Th>
            <Table.Th scope="col">Failed first</Table.Th>
            <Table.Th scope="col">Status</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {letters.map((letter) => (
            <Table.Tr key={letter.dead_letter_id} style={{ verticalAlign: 'top' }}>
              <Table.Td>
                {letter.status === 'open' ? (
                  <Checkbox
                    aria-label={`Select dead letter ${letter.dead_letter_id}`}
                    checked={chosen.has(letter.dead_letter_id)}
                    onChange={() => toggle(letter.dead_letter_id)}
                  />
                ) : null}
              </Table.Td>
              <Table.Th scope="row" fw={500}>
                <Anchor component={Link} to={`/dead-letters/${letter.dead_letter_id}`} size="sm" underline="always">
                  Dead letter {letter.dead_letter_id}
                </Anchor>
                <Text size="xs" c="dimmed" fw={400}>
                  {SYSTEM_NAMES[letter.system]}, {letter.queue}
                </Text>
              </Table.Th>
              <Table.Td>
                {letter.contact_id === null ? (
                  <bdi>{letter.key}</bdi>
                ) : (
                  <Anchor component={Link} to={`/contacts/${letter.contact_id}`} size="sm" underline="always">
                    {letter.contact_id}
                  </Anchor>
                )}
              </Table.Td>
              <Table.Td maw={360}>
                <Code>{letter.code}</Code>
                <Text size="sm" lineClamp={2}>
                  <bdi>{letter.reason}</bdi>
                </Text>
              </Table.Td>
              <Table.Td ta="right">{letter.attempts}</Table.Td>
              <Table.Td>
                <When at={letter.created_at} />
              </Table.Td>
              <Table.Td>
                <Badge color={LETTER_COLORS[letter.status]}>{LETTER_STATES[letter.status]}</Badge>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
