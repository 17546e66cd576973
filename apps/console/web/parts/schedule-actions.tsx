import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlayerPause, IconPlayerPlay, IconRun } from '@tabler/icons-react';
import { useAction } from '../api.ts';
import type { Schedule } from '../logic/schedules.ts';
import { Trouble } from './trouble.tsx';

/** Pauses a schedule, resumes it, or has it run now. */
export function ScheduleActions({ schedule: { name, paused_at, running } }: { schedule: Schedule }) {
  const pause = useAction('pause');
  const resume = useAction('resume');
  const run = useAction('run', () => {
    notifications.show({
      color: 'green',
      title: 'It will run',
      message: `${name} runs as soon as a worker is free.`,
    });
  });
  const params = { name };
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconRun size={14} aria-hidden />}
          aria-label={`Run now: ${name}`}
          loading={run.pending}
          disabled={running}
          onClick={() => run.run({ params })}
        >
          Run now
        </Button>
        {paused_at === null ? (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerPause size={14} aria-hidden />}
            aria-label={`Pause: ${name}`}
            loading={pause.pending}
            onClick={() => pause.run({ params })}
          >
            Pause
          </Button>
        ) : (
          <Button
            size="compact-sm"
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            aria-label={`Resume: ${name}`}
            loading={resume.pending}
            onClick={() => resume.run({ params })}
          >
            Resume
          </Button>
        )}
      </Group>
      <Trouble error={pause.error} title="Not paused" retry={pause.again} busy={pause.pending} />
      <Trouble error={resume.error} title="Not resumed" retry={resume.again} busy={resume.pending} />
      <Trouble error={run.error} title="Will not run" retry={run.again} busy={run.pending} />
    </>
  );
}
