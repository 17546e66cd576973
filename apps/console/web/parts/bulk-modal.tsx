import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { counted } from '../logic/words.ts';
import { BulkProgress } from './bulk-progress.tsx';
import { Trouble } from './trouble.tsx';
import { type Selection, useBulk } from './use-bulk.ts';

/** What is to be done, with which letters. */
export interface Bulk {
  readonly kind: 'replay' | 'discard';
  readonly selection: Selection;
}

/** Asks before letters are replayed or discarded, and shows how it goes. */
export function BulkModal({ bulk, close }: { bulk: Bulk; close: () => void }) {
  const { kind, selection } = bulk;
  const { run, start, stop } = useBulk(selection);
  const [reason, setReason] = useState('');
  const many = counted(selection.total, 'dead letter');
  const running = run?.state === 'running';
  const unready = kind === 'discard' && reason.trim() === '';
  const go = (from: typeof run) => void start(from, kind === 'discard' ? reason.trim() : null);
  return (
    <Modal
      opened
      onClose={() => {
        stop();
        close();
      }}
      size="lg"
      // Not by accident, while it runs.
      closeOnClickOutside={!running}
      closeOnEscape={!running}
      title={kind === 'replay' ? `Replay ${many}` : `Discard ${many}`}
    >
      {run === null ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!unready) go(null);
          }}
        >
          <Stack>
            <Text size="sm">
              {kind === 'replay'
                ? 'Each is tried again, reading the newest state of everything. One that a newer state has overtaken sends nothing and says so.'
                : 'They are given up: the edits stay as they are, and the versions are not sent there. This cannot be undone.'}
            </Text>
            {kind === 'discard' ? (
              <Textarea
                label="Reason"
                description="For the record: others will read it."
                required
                data-autofocus
                maxLength={1_000}
                autosize
                minRows={2}
                value={reason}
                onChange={({ currentTarget }) => setReason(currentTarget.value)}
              />
            ) : null}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button
                type="submit"
                data-autofocus={kind === 'replay' || undefined}
                color={kind === 'discard' ? 'red' : undefined}
                disabled={unready}
              >
                {kind === 'replay' ? 'Replay' : 'Discard'}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack>
          <BulkProgress run={run} total={selection.total} />
          {run.state === 'failed' ? (
            <Trouble error={run.error} title="It came to a halt" retry={() => go(run)} />
          ) : null}
          <Group justify="flex-end">
            {running ? (
              <Button variant="default" onClick={stop}>
                Stop
              </Button>
            ) : (
              <>
                {run.state === 'stopped' ? (
                  <Button variant="default" onClick={() => go(run)}>
                    Go on
                  </Button>
                ) : null}
                <Button onClick={close}>Close</Button>
              </>
            )}
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
