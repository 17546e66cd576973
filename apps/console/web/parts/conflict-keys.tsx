import { Kbd, Modal, Table } from '@mantine/core';

interface ConflictKeysProps {
  readonly opened: boolean;
  readonly close: () => void;
  readonly sides: readonly string[];
}

/** Which keys there are. */
export function ConflictKeys({ opened, close, sides }: ConflictKeysProps) {
  const keys = [
    ...sides.map((side, place) => ({
      keys: [String(place + 1)],
      does: `Take ${side.toLowerCase()}: for the row with the focus, else for all`,
    })),
    { keys: ['j', '↓'], does: 'Next row' },
    { keys: ['k', '↑'], does: 'Row before' },
    { keys: ['Enter'], does: 'See what comes of it, and confirm' },
    { keys: ['?'], does: 'These keys' },
  ];
  return (
    <Modal opened={opened} onClose={close} title="Keys">
      <Table aria-label="Keys">
        <Table.Tbody>
          {keys.map((one) => (
            <Table.Tr key={one.does}>
              <Table.Th scope="row" w={90}>
                {one.keys.map((key) => (
                  <Kbd key={key} mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Th>
              <Table.Td>{one.does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
