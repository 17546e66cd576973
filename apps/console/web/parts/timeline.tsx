import type { Answer } from '@contact-sync/api';
import { Button, Chip, Group, Timeline as Line, Skeleton, Text } from '@mantine/core';
import {
  IconArrowsExchange,
  IconBell,
  IconGitCommit,
  IconInbox,
  IconMailX,
  type IconProps,
  IconUserBolt,
} from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ComponentType } from 'react';
import { call } from '../api.ts';
import { TimelineEntry } from './timeline-entry.tsx';
import { Trouble } from './trouble.tsx';
import { oneOf, useQueryState } from './use-query-state.ts';

/** Something that happened to a contact. */
export type Item = Answer<'timeline'>['items'][number];

const KINDS: Readonly<Record<Item['kind'], { label: string; color: string; Icon: ComponentType<IconProps> }>> = {
  version: { label: 'Versions', color: 'indigo', Icon: IconGitCommit },
  notification: { label: 'Edits told of', color: 'blue', Icon: IconBell },
  receipt: { label: 'Deliveries', color: 'green', Icon: IconInbox },
  conflict: { label: 'Conflicts', color: 'orange', Icon: IconArrowsExchange },
  dead_letter: { label: 'Dead letters', color: 'red', Icon: IconMailX },
  action: { label: 'Actions', color: 'violet', Icon: IconUserBolt },
};
const NAMES = ['version', 'notification', 'receipt', 'conflict', 'dead_letter', 'action'] as const;

/** What happened to a contact, newest first; older pages are loaded as they are asked for. */
export function Timeline({ contactId, head }: { contactId: string; head: Answer<'contact'> }) {
  const { get, set } = useQueryState();
  const kinds = get('kind')
    .split(',')
    .map((kind) => oneOf(kind, NAMES))
    .filter((kind) => kind !== undefined);
  const query = useInfiniteQuery({
    queryKey: ['timeline', { params: { contact_id: contactId } }],
    queryFn: ({ pageParam, signal }) =>
      call(
        'timeline',
        { params: { contact_id: contactId }, query: { limit: 50, after: pageParam ?? undefined } },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
  const all = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const items = kinds.length === 0 ? all : all.filter(({ kind }) => kinds.includes(kind));
  return (
    <>
      <Chip.Group multiple value={kinds} onChange={(next) => set({ kind: next.join(',') })}>
        <Group gap="xs" mb="md" role="group" aria-label="Show only">
          {NAMES.map((kind) => (
            <Chip key={kind} value={kind} size="xs" variant="outline">
              {KINDS[kind].label}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Trouble
        error={query.error}
        title="Could not load the timeline"
        retry={() => void (query.data ? query.fetchNextPage() : query.refetch())}
        busy={query.isFetching}
      />
      {query.isPending && !query.error ? (
        <Skeleton height={240} role="status" aria-label="Loading the timeline" />
      ) : null}
      {query.data && items.length === 0 ? (
        <Text c="dimmed" role="status">
          {query.hasNextPage ? 'None of these among the newest; there are older ones.' : 'Nothing like that happened.'}
        </Text>
      ) : null}
      <Line bulletSize={28} lineWidth={2} active={-1} role="list" aria-label="Timeline">
        {items.map((item) => {
          const { Icon, color } = KINDS[item.kind];
          return (
            <Line.Item
              key={keyOf(item)}
              role="listitem"
              color={color}
              bullet={<Icon size={16} aria-hidden color={`var(--mantine-color-${color}-text)`} />}
            >
              <TimelineEntry item={item} contactId={contactId} head={head} />
            </Line.Item>
          );
        })}
      </Line>
      {query.hasNextPage ? (
        <Button variant="default" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Load older
        </Button>
      ) : query.data ? (
        <Text size="sm" c="dimmed" mt="md">
          This is where it begins.
        </Text>
      ) : null}
    </>
  );
}

function keyOf(item: Item): string {
  switch (item.kind) {
    case 'version':
      return `version ${item.version} ${item.content_hash}`;
    case 'notification':
      return `notification ${item.at} ${item.system} ${item.record_id} ${item.version} ${item.last_updated}`;
    case 'receipt':
      return `receipt ${item.receipt.target} ${item.receipt.version} ${item.receipt.content_hash} ${item.at}`;
    case 'conflict':
      return `conflict ${item.conflict_id} ${item.event} ${item.at} ${item.candidates}`;
    case 'dead_letter':
      return `dead letter ${item.letter.dead_letter_id} ${item.at}`;
    case 'action':
      return `action ${item.action.action_id}`;
  }
}
