import { Alert, Badge, Button, Modal, Stack, Table, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import type { OutcomeField } from '../logic/choice.ts';
import { fieldName } from '../logic/words.ts';
import { ModalButtons } from './modal-buttons.tsx';
import { Trouble } from './trouble.tsx';
import { Value } from './value.tsx';

interface OutcomeModalProps {
  readonly proposal: { readonly outcome: readonly OutcomeField[] | null } | null;
  readonly close: () => void;
  readonly confirm: () => void;
  readonly again: () => void;
  readonly pending: boolean;
  readonly error: unknown;
}

/** What would come of a decision, before it is one. */
export function OutcomeModal({ proposal, close, confirm, again, pending, error }: OutcomeModalProps) {
  const outcome = proposal?.outcome ?? null;
  return (
    <Modal opened={proposal !== null} onClose={close} size="lg" title="This becomes the new version everywhere">
      <Stack>
        {outcome === null ? (
          <Alert color="red" icon={<IconTrash aria-hidden />} title="The contact is deleted">
            It goes away in every system. Its versions stay in the history, and any of them can be restored.
          </Alert>
        ) : (
          <Table aria-label="What comes of it" layout="fixed">
            <Table.Tbody>
              {outcome
                .filter(({ value, changes }) => value !== null || changes)
                .toSorted((a, b) => Number(b.changes) - Number(a.changes))
                .map(({ field, value, changes }) => (
                  <Table.Tr key={field} style={{ verticalAlign: 'top' }}>
                    <Table.Th scope="row" w={170} fw={600}>
                      <bdi>{fieldName(field)}</bdi>
                      {changes ? (
                        <Badge size="xs" color="yellow" display="block" w="fit-content">
                          Not as canonical
                        </Badge>
                      ) : null}
                    </Table.Th>
                    <Table.Td>
                      <Value value={value} />
                    </Table.Td>
                  </Table.Tr>
                ))}
            </Table.Tbody>
          </Table>
        )}
        <Trouble error={error} title="Not decided" retry={again} busy={pending} />
        <Text size="sm" c="dimmed">
          Sides that are not taken stay in the contact’s history.
        </Text>
        <ModalButtons>
          <Button variant="default" onClick={close}>
            Back
          </Button>
          <Button data-autofocus color={outcome === null ? 'red' : undefined} loading={pending} onClick={confirm}>
            {outcome === null ? 'Delete the contact' : 'Decide'}
          </Button>
        </ModalButtons>
      </Stack>
    </Modal>
  );
}
