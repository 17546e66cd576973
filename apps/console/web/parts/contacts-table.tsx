import type { Answer } from '@contact-sync/api';
import { Anchor, Group, Table } from '@mantine/core';
import { Link } from 'react-router';
import { CategoryMark, DeletedMark, StateMark } from './marks.tsx';
import { When } from './when.tsx';

/** A page of contacts. A whole row is its link. */
export function ContactsTable({ contacts }: { contacts: Answer<'contacts'>['items'] }) {
  return (
    <Table.ScrollContainer minWidth={860} type="native" tabIndex={0} role="group" aria-label="Contacts, scrollable">
      <Table className="rows-open" aria-label="Contacts">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Name</Table.Th>
            <Table.Th scope="col">Organization</Table.Th>
            <Table.Th scope="col">Category</Table.Th>
            <Table.Th scope="col" ta="right">
              Version
            </Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col">Last update</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {contacts.map((contact) => (
            <Table.Tr key={contact.contact_id}>
              <Table.Th scope="row" fw={500} maw={320}>
                <Group gap="xs">
                  <Anchor component={Link} to={`/contacts/${contact.contact_id}`} data-row size="sm">
                    <bdi>{contact.canonical_name || `Contact ${contact.contact_id}`}</bdi>
                  </Anchor>
                  {contact.deleted ? <DeletedMark /> : null}
                </Group>
              </Table.Th>
              <Table.Td maw={240}>
                <bdi>{contact.organization}</bdi>
              </Table.Td>
              <Table.Td>
                <CategoryMark code={contact.category_code} />
              </Table.Td>
              <Table.Td ta="right">{contact.version}</Table.Td>
              <Table.Td>
                <StateMark state={contact.state} />
              </Table.Td>
              <Table.Td maw={240}>
                <When at={contact.last_updated} /> by <bdi>{contact.last_updated_by}</bdi>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
