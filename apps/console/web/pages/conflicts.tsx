import { Anchor, SegmentedControl, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { asked } from '../api.ts';
import { systemName } from '../logic/words.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { oneOf, useQueryState } from '../parts/use-query-state.ts';
import { When } from '../parts/when.tsx';

/** Exact ties: those that wait for a person, and those that are over. */
export function ConflictsPage() {
  const { get, set } = useQueryState();
  const status = oneOf(get('status'), ['open', 'closed']) ?? 'open';
  const query = useQuery({
    ...asked('conflicts', { query: { status, limit: 50, after: get('after') || undefined } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Page
      title="Conflicts"
      description="Edits that tie exactly: a person decides, and each system keeps its own until then."
    >
      <SegmentedControl
        aria-label="Which conflicts"
        w="fit-content"
        value={status}
        onChange={(next) => set({ status: next === 'open' ? '' : next })}
        data={[
          { value: 'open', label: 'Open' },
          { value: 'closed', label: 'Closed' },
        ]}
      />
      <Loaded query={query} label="conflicts">
        {({ items, next }) =>
          items.length === 0 ? (
            <Text role="status" py="xl" ta="center">
              {status === 'open' ? 'No conflict is open.' : 'No conflict was closed yet.'}
            </Text>
          ) : (
            <>
              <Table.ScrollContainer
                minWidth={620}
                type="native"
                tabIndex={0}
                role="group"
                aria-label="Conflicts, scrollable"
              >
                <Table className="rows-open" aria-label="Conflicts">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">Name</Table.Th>
                      <Table.Th scope="col">Version</Table.Th>
                      <Table.Th scope="col">Candidates</Table.Th>
                      <Table.Th scope="col">Since</Table.Th>
                      {status === 'closed' ? <Table.Th scope="col">Came to</Table.Th> : null}
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((one) => (
                      <Table.Tr key={one.conflict_id}>
                        <Table.Th scope="row" fw={500} maw={320}>
                          <Anchor component={Link} to={`/conflicts/${one.conflict_id}`} data-row size="sm">
                            <bdi>{one.canonical_name || `Contact ${one.contact_id}`}</bdi>
                          </Anchor>
                        </Table.Th>
                        <Table.Td>{one.version}</Table.Td>
                        <Table.Td>
                          {one.candidates
                            .map(
                              ({ system, content }) => `${systemName(system)}${content === null ? ' (deletion)' : ''}`,
                            )
                            .join(', ')}
                        </Table.Td>
                        <Table.Td>
                          <When at={one.opened_at} />
                        </Table.Td>
                        {status === 'closed' ? (
                          <Table.Td>
                            {one.status === 'resolved' ? 'Decided' : 'Superseded'} <When at={one.closed_at} />
                            {one.closed_by === null ? null : (
                              <>
                                {' '}
                                by <bdi>{one.closed_by}</bdi>
                              </>
                            )}
                          </Table.Td>
                        ) : null}
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              <Pager next={next} label="conflicts" shown={items.length} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
