import type { Answer } from '@contact-sync/api';
import { Badge, Button, Code, Group, List, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconRefresh, IconSearch, IconTool } from '@tabler/icons-react';
import { useAction } from '../api.ts';
import { DRIFT_NAMES, type DriftReport, foundIn, foundWords, MISSING_WORDS, repairWords } from '../logic/drift.ts';
import { milliseconds } from '../logic/time.ts';
import { count, SYSTEM_NAMES } from '../logic/words.ts';
import { DriftItems } from './drift-items.tsx';
import { Fold } from './fold.tsx';
import { ModalButtons } from './modal-buttons.tsx';
import { Trouble } from './trouble.tsx';
import { When } from './when.tsx';

type DriftOfSystem = Answer<'drift'>['systems'][number];

/** What differs behind everybody's back in one system: what the last look found, another look, and its repair. */
export function DriftPanel({ of: { system, report, running, failed } }: { of: DriftOfSystem }) {
  const name = SYSTEM_NAMES[system];
  const [asking, { open, close }] = useDisclosure(false);
  const look = useAction('look', (answer) => {
    close();
    notifications.show(toldOf(answer, name));
  });
  const begin = (repair: boolean) => look.run({ params: { system }, body: { repair } });
  const shut = () => {
    close();
    look.reset();
  };
  const busy = look.pending || running !== null;
  return (
    <div>
      <Text size="sm" fw={600}>
        Drift
      </Text>
      {report === null ? <Text size="sm">Nobody has looked yet.</Text> : <Found report={report} />}
      {failed === null ? null : (
        <Text size="sm" c="var(--mantine-color-error)">
          A look <When at={failed.at} /> failed: <Code>{failed.code}</Code>
        </Text>
      )}
      <Group gap="xs" mt="xs">
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconSearch size={14} aria-hidden />}
          aria-label={`Look for drift in ${name}`}
          disabled={busy}
          onClick={() => begin(false)}
        >
          Look for drift
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconTool size={14} aria-hidden />}
          aria-label={`Repair drift in ${name}`}
          disabled={busy}
          onClick={open}
        >
          Repair
        </Button>
        {busy ? (
          <Badge color="blue" role="status" leftSection={<IconRefresh size={12} aria-hidden />}>
            {running?.repair ? 'Repairing' : 'Looking'}
          </Badge>
        ) : null}
      </Group>
      {asking ? null : <Trouble error={look.error} title="The look failed" retry={look.again} busy={look.pending} />}
      <Modal opened={asking} onClose={shut} size="lg" title={`Repair drift in ${name}?`}>
        <Stack gap="sm">
          <Text size="sm">
            {name} is looked at again, and what is found is handed to the queues as if it had just been told of.
          </Text>
          <List size="sm" spacing={4}>
            <List.Item>
              A record that is there is read again: what it holds becomes a new version everywhere, or loses against a
              newer one, or ties and waits for a person.
            </List.Item>
            <List.Item>A record with an older version is sent the newest.</List.Item>
            <List.Item>{MISSING_WORDS[system]}</List.Item>
          </List>
          <Text size="sm">No version is lost by it: each stays in its contact’s history.</Text>
          <Trouble error={look.error} title="Not repaired" retry={look.again} busy={look.pending} />
          <ModalButtons>
            <Button variant="default" onClick={shut}>
              Cancel
            </Button>
            <Button loading={look.pending} onClick={() => begin(true)}>
              Repair
            </Button>
          </ModalButtons>
        </Stack>
      </Modal>
    </div>
  );
}

function toldOf(answer: Answer<'look'>, name: string) {
  if (answer.state === 'running')
    return { color: 'blue', title: `Looking at ${name}`, message: 'It takes a while: what it finds shows here.' };
  const { report } = answer;
  const color = foundIn(report) === 0 ? 'green' : 'yellow';
  return { color, title: name, message: [foundWords(report), repairWords(report) ?? []].flat().join('; ') };
}

function Found({ report }: { report: DriftReport }) {
  const { started_at, took_ms, drift, items } = report;
  const found = foundIn(report);
  const repaired = repairWords(report);
  return (
    <>
      <Text size="sm">
        {foundWords(report)}, looked <When at={started_at} /> for {milliseconds(took_ms)}
        {repaired === null ? null : `; ${repaired}`}.
      </Text>
      {found === 0 ? null : (
        <Fold
          more="What drifted"
          short={
            <Text size="sm">
              {Object.entries(DRIFT_NAMES)
                .map(([kind, words]) => ({ words, many: drift[kind as keyof typeof drift] }))
                .filter(({ many }) => many > 0)
                .map(({ words, many }) => `${words}: ${count(many)}`)
                .join(' · ')}
            </Text>
          }
          full={<DriftItems items={items} more={found - items.length} />}
        />
      )}
    </>
  );
}
