import type { Answer } from '@contact-sync/api';
import { Badge, Button, Group, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { count, SYSTEM_NAMES } from '../logic/words.ts';
import { useQueryState } from './use-query-state.ts';
import { When } from './when.tsx';

/** How many dead letters there are of each kind; a kind shows its own alone. */
export function LetterGroups({ groups }: { groups: Answer<'deadLetterGroups'>['groups'] }) {
  const { get, set } = useQueryState();
  if (groups.length === 0) return null;
  return (
    <Group gap="xs" role="group" aria-label="Kinds of dead letters">
      {groups.map(({ queue, system, code, count: many, oldest }) => {
        const active = get('queue') === queue && get('system') === system && get('code') === code;
        return (
          <Button
            key={`${queue} ${system} ${code}`}
            variant={active ? 'filled' : 'default'}
            h="auto"
            styles={{ label: { whiteSpace: 'normal' } }}
            py={6}
            aria-pressed={active}
            rightSection={
              <Badge color="red" variant={active ? 'white' : 'light'}>
                {count(many)}
              </Badge>
            }
            onClick={() => set(active ? { queue: '', system: '', code: '' } : { queue, system, code }, { push: true })}
          >
            <span style={{ textAlign: 'start' }}>
              {code}
              <Text component="span" display="block" size="xs" fw={400}>
                {SYSTEM_NAMES[system]}, {queue}, oldest <When at={oldest} />
              </Text>
            </span>
            {active ? <IconX size={14} aria-hidden /> : null}
          </Button>
        );
      })}
    </Group>
  );
}
