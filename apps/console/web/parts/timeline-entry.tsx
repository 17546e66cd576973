import type { Answer } from '@contact-sync/api';
import { Anchor, Badge, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { milliseconds } from '../logic/time.ts';
import { systemName } from '../logic/words.ts';
import { ActionSentence } from './action-sentence.tsx';
import { ChangeTable } from './change-table.tsx';
import { RestoreButton } from './restore.tsx';
import type { Item } from './timeline.tsx';
import { When } from './when.tsx';

interface EntryProps {
  readonly item: Item;
  readonly contactId: string;
  readonly head: Answer<'contact'>;
}

/** One thing that happened, as a sentence, with what belongs to it. */
export function TimelineEntry({ item, contactId, head }: EntryProps) {
  return (
    <div>
      <Group gap="xs" align="baseline">
        <Text component="div" size="sm">
          {sentence(item)}
        </Text>
        <Text component="div" size="xs" c="dimmed">
          <When at={item.at} />
        </Text>
      </Group>
      {item.kind === 'version' ? (
        <>
          <ChangeTable changes={item.changes} />
          <RestoreButton version={item} contactId={contactId} head={head} />
        </>
      ) : null}
      {item.kind === 'dead_letter' ? (
        <Text size="sm" mt={4}>
          <bdi>{item.letter.reason}</bdi>
        </Text>
      ) : null}
    </div>
  );
}

const OUTCOMES = {
  echo: 'an echo, nothing to do',
  accepted: 'accepted',
  superseded: 'superseded by a newer one',
  conflict: 'ties with another: in conflict',
  ignored: 'ignored',
} as const;

const CONFLICT_EVENTS = {
  opened: 'A conflict began',
  candidate_added: 'A further candidate joined the conflict',
  resolved: 'The conflict was decided',
  superseded: 'The conflict ended: a later edit outranks its candidates',
} as const;

function sentence(item: Item): ReactNode {
  switch (item.kind) {
    case 'notification':
      return (
        <>
          {systemName(item.system)} told of {item.deleted ? 'a deletion' : 'an edit'} by{' '}
          <bdi>{item.last_updated_by}</bdi> (version {item.version}):{' '}
          {item.outcome === null ? 'not decided yet' : OUTCOMES[item.outcome]}
          {item.dead_letter_id === null ? null : (
            <>
              , in <LetterLink id={item.dead_letter_id} />
            </>
          )}
        </>
      );
    case 'version':
      return (
        <>
          <b>Version {item.version}</b> from {systemName(item.source)} by <bdi>{item.last_updated_by}</bdi>
          {item.deleted ? ' deletes the contact' : ''}{' '}
          <Badge color={item.status === 'accepted' ? 'green' : 'gray'}>
            {item.status === 'accepted' ? 'Accepted' : 'Superseded'}
          </Badge>
          {item.appended_at === null ? ' not in BigQuery yet' : null}
        </>
      );
    case 'receipt':
      return (
        <>
          {systemName(item.receipt.target)} has version {item.receipt.version} since <When at={item.receipt.at} />
          {item.receipt.waited_ms === null ? null : `, ${milliseconds(item.receipt.waited_ms)} after the edit`}
        </>
      );
    case 'conflict':
      return (
        <>
          {CONFLICT_EVENTS[item.event]}
          {item.by === null ? null : (
            <>
              {' '}
              by <bdi>{item.by}</bdi>
            </>
          )}{' '}
          (version {item.version}, {item.candidates} candidates):{' '}
          <Anchor component={Link} to={`/conflicts/${item.conflict_id}`} inherit underline="always">
            conflict {item.conflict_id}
          </Anchor>
        </>
      );
    case 'dead_letter':
      return (
        <>
          {systemName(item.letter.system)} failed for good: <LetterLink id={item.letter.dead_letter_id} /> (
          {item.letter.code}, {item.letter.status})
        </>
      );
    case 'action':
      return <ActionSentence action={item.action} />;
  }
}

function LetterLink({ id }: { id: string }) {
  return (
    <Anchor component={Link} to={`/dead-letters/${id}`} inherit underline="always">
      dead letter {id}
    </Anchor>
  );
}
