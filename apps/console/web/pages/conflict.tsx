import { ApiError } from '@contact-sync/api';
import { Alert, Anchor, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { Link, useParams } from 'react-router';
import { asked } from '../api.ts';
import { ConflictClosed } from '../parts/conflict-closed.tsx';
import { ConflictDecide } from '../parts/conflict-decide.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { When } from '../parts/when.tsx';

/** One exact tie: decided over while it is open, else what became of it. */
export function ConflictPage() {
  const { conflictId = '' } = useParams();
  const query = useQuery(asked('conflict', { params: { conflict_id: conflictId } }));
  const seenOpen = useRef('');
  if (query.data?.conflict.status === 'open') seenOpen.current = conflictId;
  const missing = query.error instanceof ApiError && query.error.code === 'NO_SUCH_CONFLICT';
  const name = query.data?.conflict.canonical_name || `Conflict ${conflictId}`;
  return (
    <Page
      title={`Conflict: ${name}`}
      heading={
        <>
          Conflict: <bdi>{name}</bdi>
        </>
      }
      description={
        <Anchor component={Link} to="/conflicts" size="sm" underline="always">
          All conflicts
        </Anchor>
      }
    >
      {missing ? (
        <Alert color="yellow" title="There is no such conflict">
          None has the id <bdi>{conflictId}</bdi>.
        </Alert>
      ) : (
        <Loaded query={query} label="the conflict">
          {(detail) => {
            const { conflict } = detail;
            return (
              <>
                <Group gap="md">
                  <Text size="sm">
                    Version {conflict.version}, open since <When at={conflict.opened_at} />
                  </Text>
                  <Anchor component={Link} to={`/contacts/${conflict.contact_id}`} size="sm" underline="always">
                    The contact
                  </Anchor>
                </Group>
                {conflict.status === 'open' ? (
                  // Candidates that came to it meanwhile make another question of it: what was picked is void.
                  <ConflictDecide
                    key={[conflictId, ...conflict.candidates.map(({ content_hash }) => content_hash)].join()}
                    detail={detail}
                  />
                ) : (
                  <ConflictClosed detail={detail} meanwhile={seenOpen.current === conflictId} />
                )}
              </>
            );
          }}
        </Loaded>
      )}
    </Page>
  );
}
