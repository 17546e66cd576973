import { Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface PageProps {
  /** Of the browser's tab; the heading too, unless another is given. */
  readonly title: string;
  readonly heading?: ReactNode;
  readonly description?: ReactNode;
  /** Beside the heading. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page: its one heading, its title in the browser, what it is about. */
export function Page({ title, heading, description, actions, children }: PageProps) {
  useDocumentTitle(`${title} · contact-sync`);
  return (
    <Stack gap="md" maw={1400} mx="auto">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Title order={1} size="h2">
            {heading ?? title}
          </Title>
          {description === undefined ? null : (
            <Text component="div" c="dimmed" size="sm" mt={2}>
              {description}
            </Text>
          )}
        </div>
        {actions === undefined ? null : <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
