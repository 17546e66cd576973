import { ApiError } from '@contact-sync/api';
import { Alert, Button, Code, Group, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

/** An error in words: what happened, what to do, and the code to look it up by. */
export function wordsOf(error: unknown): { detail: string; advice: string | null; code: string } {
  if (!(error instanceof ApiError)) {
    return { detail: error instanceof Error ? error.message : String(error), advice: null, code: 'CONSOLE' };
  }
  if (error.status === 0) {
    return {
      detail: 'The server does not answer.',
      advice: 'See whether it runs and can be reached from here. What is shown may be old.',
      code: error.code,
    };
  }
  return { detail: error.problem?.detail ?? error.message, advice: error.problem?.advice ?? null, code: error.code };
}

interface TroubleProps {
  readonly error: unknown;
  readonly title?: string;
  readonly retry?: () => void;
  readonly busy?: boolean;
}

/** What went wrong, with what to do about it; nothing where nothing did. */
export function Trouble({ error, title = 'That did not work', retry, busy = false }: TroubleProps) {
  if (error === null || error === undefined) return null;
  const { detail, advice, code } = wordsOf(error);
  const errors = error instanceof ApiError ? (error.problem?.errors ?? []) : [];
  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />} title={title}>
      <Text size="sm">
        <bdi>{detail}</bdi>
      </Text>
      {advice === null ? null : (
        <Text size="sm" mt={4}>
          <bdi>{advice}</bdi>
        </Text>
      )}
      {errors.length === 0 ? null : (
        <List size="sm" mt={4}>
          {errors.map(({ field, message }) => (
            <List.Item key={`${field} ${message}`}>
              <Code>{field}</Code>: <bdi>{message}</bdi>
            </List.Item>
          ))}
        </List>
      )}
      <Group mt="xs" gap="sm">
        {retry === undefined ? null : (
          <Button size="xs" variant="default" loading={busy} onClick={retry}>
            Try again
          </Button>
        )}
        <Text size="xs" c="dimmed">
          Code: <Code>{code}</Code>
        </Text>
      </Group>
    </Alert>
  );
}
