import { Button, Group, Menu } from '@mantine/core';
import { IconBellOff, IconHandStop } from '@tabler/icons-react';
import { useAction } from '../api.ts';
import { ALERT_NAMES, type Alert, aboutOf, silentUntil } from '../logic/alerts.ts';
import { Trouble } from './trouble.tsx';
import { useNow } from './when.tsx';

const SILENCES = [
  { minutes: 60, label: 'For 1 hour' },
  { minutes: 480, label: 'For 8 hours' },
  { minutes: 1_440, label: 'For 1 day' },
] as const;

/** What one may do about an alert that is not over: take it in hand, or have it say nothing for a while. */
export function AlertActions({ alert }: { alert: Alert }) {
  const now = useNow();
  const acknowledge = useAction('acknowledge');
  const silence = useAction('silence');
  const params = { alert_id: alert.alert_id };
  const name = `${ALERT_NAMES[alert.code]}, ${aboutOf(alert.subject)}`;
  const silent = silentUntil(alert, now) !== null;
  return (
    <>
      <Group gap="xs" mt="xs">
        {alert.acknowledged_by === null ? (
          <Button
            size="compact-sm"
            leftSection={<IconHandStop size={14} aria-hidden />}
            aria-label={`Acknowledge: ${name}`}
            loading={acknowledge.pending}
            onClick={() => acknowledge.run({ params })}
          >
            Acknowledge
          </Button>
        ) : null}
        <Menu position="bottom-start">
          <Menu.Target>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconBellOff size={14} aria-hidden />}
              aria-label={`Silence: ${name}`}
              loading={silence.pending}
            >
              Silence
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {SILENCES.map(({ minutes, label }) => (
              <Menu.Item key={minutes} onClick={() => silence.run({ params, body: { minutes } })}>
                {label}
              </Menu.Item>
            ))}
            {silent ? (
              <Menu.Item onClick={() => silence.run({ params, body: { minutes: 0 } })}>End the silence</Menu.Item>
            ) : null}
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Trouble
        error={acknowledge.error}
        title="Not acknowledged"
        retry={acknowledge.again}
        busy={acknowledge.pending}
      />
      <Trouble error={silence.error} title="Not silenced" retry={silence.again} busy={silence.pending} />
    </>
  );
}
