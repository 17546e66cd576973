import { Anchor, Badge, Button, Code, Group, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { asked } from '../api.ts';
import { summaryOf } from '../logic/summary.ts';
import { placeOf } from '../logic/words.ts';
import { type Action, ActionSentence } from '../parts/action-sentence.tsx';
import { Fold } from '../parts/fold.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { useQueryState } from '../parts/use-query-state.ts';
import { When } from '../parts/when.tsx';

/** Who did what, newest first. */
export function ActivityPage() {
  const { get, set } = useQueryState();
  const subject = get('subject');
  const query = useQuery({
    ...asked('actions', { query: { limit: 50, after: get('after') || undefined, subject: subject || undefined } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title="Activity" description="What people and programs did by hand, newest first.">
      {subject === '' ? null : (
        <Group gap="xs">
          <Text size="sm">
            Only of <bdi>{subject}</bdi>
          </Text>
          <Button variant="default" size="compact-sm" onClick={() => set({ subject: '' })}>
            Show all
          </Button>
        </Group>
      )}
      <Loaded query={query} label="activity">
        {({ items, next }) =>
          items.length === 0 ? (
            <Text role="status" py="xl" ta="center">
              Nobody did anything yet.
            </Text>
          ) : (
            <>
              <Table.ScrollContainer
                minWidth={760}
                type="native"
                tabIndex={0}
                role="group"
                aria-label="Activity, scrollable"
              >
                <Table aria-label="Activity">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">When</Table.Th>
                      <Table.Th scope="col">What</Table.Th>
                      <Table.Th scope="col">About</Table.Th>
                      <Table.Th scope="col">Came to</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((action) => (
                      <Row key={action.action_id} action={action} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              <Pager next={next} label="activity" shown={items.length} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Row({ action }: { action: Action }) {
  const { subjects, outcome, result, begun_at } = action;
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td>
        <When at={begun_at} />
      </Table.Td>
      <Table.Td maw={420}>
        <ActionSentence action={action} />
      </Table.Td>
      <Table.Td>
        {subjects.length > FEW ? (
          <Fold
            more={`All ${subjects.length}`}
            short={<Subjects subjects={subjects.slice(0, FEW)} />}
            full={<Subjects subjects={subjects} />}
          />
        ) : (
          <Subjects subjects={subjects} />
        )}
      </Table.Td>
      <Table.Td maw={320}>
        {outcome === null ? null : (
          <Badge color={outcome === 'done' ? 'green' : 'red'}>{outcome === 'done' ? 'Done' : 'Failed'}</Badge>
        )}
        <Result result={result} />
      </Table.Td>
    </Table.Tr>
  );
}

/** So many are shown at once. */
const FEW = 3;

function Subjects({ subjects }: { subjects: readonly string[] }) {
  return subjects.map((subject) => {
    const place = placeOf(subject);
    return (
      <div key={subject}>
        {place === null ? (
          <bdi>{subject}</bdi>
        ) : (
          <Anchor
            component={Link}
            to={place}
            size="sm"
            lh="24px"
            display="inline-block"
            underline="always"
            style={{ whiteSpace: 'nowrap' }}
          >
            {subject.replace(':', ' ')}
          </Anchor>
        )}
      </div>
    );
  });
}

function Result({ result }: { result: unknown }) {
  if (result === null || result === undefined) return null;
  return (
    <Fold
      more="Details"
      short={<Text size="sm">{summaryOf(result)}</Text>}
      full={<Code block>{JSON.stringify(result, null, 2)}</Code>}
    />
  );
}
