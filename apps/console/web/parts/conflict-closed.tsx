import { Alert, Anchor, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { ConflictDetail } from '../logic/choice.ts';
import { systemName } from '../logic/words.ts';
import { ActionList } from './action-list.tsx';
import { ConflictTable } from './conflict-table.tsx';
import { When } from './when.tsx';

/** What became of a conflict that is over. */
export function ConflictClosed({ detail, meanwhile }: { detail: ConflictDetail; meanwhile: boolean }) {
  const { conflict, actions } = detail;
  const chosen = conflict.candidates.find(({ content_hash }) => content_hash === conflict.chosen);
  return (
    <>
      <Alert
        role="status"
        color="blue"
        icon={<IconInfoCircle aria-hidden />}
        title={meanwhile ? 'It closed meanwhile: nothing is left to do here' : 'This conflict is closed'}
      >
        <Text size="sm">
          {conflict.status === 'resolved'
            ? 'Decided'
            : 'A later edit outranks all its candidates, so it ended by itself'}
          {conflict.closed_by === null ? null : (
            <>
              {' '}
              by <bdi>{conflict.closed_by}</bdi>
            </>
          )}{' '}
          <When at={conflict.closed_at} />
          {conflict.status === 'resolved'
            ? chosen
              ? `: the candidate of ${systemName(chosen.system)} was taken${chosen.content === null ? ', a deletion' : ''}.`
              : ': a mix, or something written by hand, was taken.'
            : '.'}{' '}
          All candidates are kept in the contact’s{' '}
          <Anchor component={Link} to={`/contacts/${conflict.contact_id}?tab=timeline`} inherit underline="always">
            timeline
          </Anchor>
          .{' '}
          <Anchor component={Link} to="/conflicts" inherit underline="always">
            Open conflicts
          </Anchor>
        </Text>
      </Alert>
      <ConflictTable detail={detail} onlyDifferences picks={null} />
      <ActionList actions={actions} />
    </>
  );
}
