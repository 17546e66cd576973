import type { Answer } from '@contact-sync/api';
import { Alert, List } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { type System, systemName } from '../logic/words.ts';

/** What a sync came to, system by system. */
export function SyncResult({ answer }: { answer: Answer<'sync'> | undefined }) {
  if (answer === undefined) return null;
  return (
    <Alert
      role="status"
      color="green"
      icon={<IconCircleCheck aria-hidden />}
      title={`Synced: version ${answer.version}`}
    >
      <List size="sm">
        {Object.entries(answer.systems).map(([system, result]) => (
          <List.Item key={system}>
            {systemName(system as System)}: <bdi>{String(result?.outcome ?? 'nothing').replaceAll('_', ' ')}</bdi>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
