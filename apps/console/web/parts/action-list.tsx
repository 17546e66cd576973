import { Group, List, Text } from '@mantine/core';
import { type Action, ActionSentence } from './action-sentence.tsx';
import { Section } from './section.tsx';
import { When } from './when.tsx';

/** What people did about something; nothing where nobody did anything. */
export function ActionList({ actions }: { actions: readonly Action[] }) {
  if (actions.length === 0) return null;
  return (
    <Section title="What was done">
      <List>
        {actions.map((action) => (
          <List.Item key={action.action_id}>
            <Group gap="xs">
              <Text component="div" size="sm">
                <ActionSentence action={action} />
              </Text>
              <Text component="div" size="xs" c="dimmed">
                <When at={action.begun_at} />
              </Text>
            </Group>
          </List.Item>
        ))}
      </List>
    </Section>
  );
}
