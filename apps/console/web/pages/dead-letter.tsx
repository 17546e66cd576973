import { ApiError } from '@contact-sync/api';
import { Alert, Anchor, Badge, Button, Code, DataList, Group, Text } from '@mantine/core';
import { IconBulb } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { asked } from '../api.ts';
import { SYSTEM_NAMES } from '../logic/words.ts';
import { ActionList } from '../parts/action-list.tsx';
import { type Bulk, BulkModal } from '../parts/bulk-modal.tsx';
import { LETTER_COLORS, LETTER_STATES } from '../parts/letter-state.ts';
import { Line } from '../parts/line.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { When } from '../parts/when.tsx';

/** One dead letter: why, what was tried, what to do. */
export function DeadLetterPage() {
  const { deadLetterId = '' } = useParams();
  const query = useQuery(asked('deadLetter', { params: { dead_letter_id: deadLetterId } }));
  const [bulk, setBulk] = useState<Bulk | null>(null);
  const missing = query.error instanceof ApiError && query.error.code === 'NO_SUCH_DEAD_LETTER';
  const begin = (kind: Bulk['kind']) => setBulk({ kind, selection: { ids: [deadLetterId], total: 1 } });
  return (
    <Page
      title={`Dead letter ${deadLetterId}`}
      description={
        <Anchor component={Link} to="/dead-letters" size="sm" underline="always">
          All dead letters
        </Anchor>
      }
      actions={
        query.data?.letter.status === 'open' ? (
          <>
            <Button onClick={() => begin('replay')}>Replay</Button>
            <Button variant="default" onClick={() => begin('discard')}>
              Discard
            </Button>
          </>
        ) : null
      }
    >
      {missing ? (
        <Alert color="yellow" title="There is no such dead letter">
          None has the number <bdi>{deadLetterId}</bdi>.
        </Alert>
      ) : (
        <Loaded query={query} label="the dead letter">
          {({ letter, actions }) => (
            <>
              <Group gap="xs">
                <Badge color={LETTER_COLORS[letter.status]}>{LETTER_STATES[letter.status]}</Badge>
                {letter.closed_at === null ? null : (
                  <Text size="sm">
                    <When at={letter.closed_at} />
                    {letter.closed_by === null ? null : (
                      <>
                        {' '}
                        by <bdi>{letter.closed_by}</bdi>
                      </>
                    )}
                  </Text>
                )}
              </Group>
              <Alert color="blue" icon={<IconBulb aria-hidden />} title="What to do">
                <bdi>{letter.advice}</bdi>
              </Alert>
              <Section title="Cause">
                <DataList withDivider labelWidth="140px">
                  <Line label="Reason">
                    <bdi className="pre">{letter.reason}</bdi>
                  </Line>
                  <Line label="Code">
                    <Code>{letter.code}</Code>
                  </Line>
                  {letter.field === null ? null : (
                    <Line label="Field">
                      <Code>{letter.field}</Code>
                    </Line>
                  )}
                  <Line label="System">{SYSTEM_NAMES[letter.system]}</Line>
                  <Line label="Queue">{letter.queue}</Line>
                  <Line label="Contact">
                    {letter.contact_id === null ? (
                      'not known'
                    ) : (
                      <Anchor component={Link} to={`/contacts/${letter.contact_id}`} inherit underline="always">
                        {letter.contact_id}
                      </Anchor>
                    )}
                  </Line>
                  {letter.key === letter.contact_id ? null : (
                    <Line label="Record">
                      <bdi>{letter.key}</bdi>
                    </Line>
                  )}
                  {letter.version === null ? null : <Line label="Version">{letter.version}</Line>}
                </DataList>
              </Section>
              <Section title="What was tried">
                <DataList withDivider labelWidth="140px">
                  <Line label="Attempts">{letter.attempts}</Line>
                  <Line label="Failed first">
                    <When at={letter.created_at} />
                  </Line>
                  <Line label="Failed last">
                    <When at={letter.failed_at} />
                  </Line>
                </DataList>
              </Section>
              <ActionList actions={actions} />
            </>
          )}
        </Loaded>
      )}
      {bulk === null ? null : <BulkModal bulk={bulk} close={() => setBulk(null)} />}
    </Page>
  );
}
