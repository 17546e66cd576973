import type { Answer } from '@contact-sync/api';
import { Button, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconRestore } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { asked, useAction } from '../api.ts';
import { ContactContent } from './contact-content.tsx';
import { Loaded } from './loaded.tsx';
import { ModalButtons } from './modal-buttons.tsx';
import type { Item } from './timeline.tsx';
import { Trouble } from './trouble.tsx';

interface RestoreProps {
  readonly version: Extract<Item, { kind: 'version' }>;
  readonly contactId: string;
  readonly head: Answer<'contact'>;
}

/** Makes a past version the new one, once what will happen has been read and confirmed. */
export function RestoreButton({ version, contactId, head }: RestoreProps) {
  const [opened, { open, close }] = useDisclosure(false);
  const restore = useAction('restore', ({ result, version: now }) => {
    close();
    notifications.show(
      result === 'restored'
        ? {
            color: 'green',
            title: 'Restored',
            message: `Version ${version.version} is now version ${now}, on its way everywhere.`,
          }
        : { color: 'blue', title: 'Nothing to do', message: `Version ${now} says the same already.` },
    );
  });
  const isHead = version.status === 'accepted' && version.version === head.version;
  if (version.deleted || isHead) return null;
  const shut = () => {
    close();
    restore.reset();
  };
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        mt="xs"
        leftSection={<IconRestore size={14} aria-hidden />}
        aria-label={`Restore this version (${version.version}${version.status === 'superseded' ? ', superseded' : ''})`}
        onClick={open}
      >
        Restore this version
      </Button>
      <Modal opened={opened} onClose={shut} size="lg" title={`Restore version ${version.version}?`}>
        <Stack>
          <Text size="sm">
            What version {version.version} says becomes a new version after {head.version}, and is sent to every system.
            {head.deleted ? ' The contact is deleted now: this brings it back.' : ''} What is there now stays in the
            history and can be restored in turn.
          </Text>
          {opened ? <WholeVersion contactId={contactId} version={version.version} hash={version.content_hash} /> : null}
          <Trouble error={restore.error} title="Not restored" retry={restore.again} busy={restore.pending} />
          <ModalButtons>
            <Button variant="default" onClick={shut}>
              Cancel
            </Button>
            <Button
              loading={restore.pending}
              onClick={() =>
                restore.run({
                  params: { contact_id: contactId },
                  body: { version: version.version, content_hash: version.content_hash },
                })
              }
            >
              Restore
            </Button>
          </ModalButtons>
        </Stack>
      </Modal>
    </>
  );
}

function WholeVersion({ contactId, version, hash }: { contactId: string; version: number; hash: string }) {
  const query = useQuery(asked('versions', { params: { contact_id: contactId, version } }));
  return (
    <Loaded query={query} label="the version">
      {({ items }) => <ContactContent content={items.find((one) => one.content_hash === hash)?.content ?? null} />}
    </Loaded>
  );
}
