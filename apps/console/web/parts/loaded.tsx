import { Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { clock } from '../logic/time.ts';
import { Trouble } from './trouble.tsx';

interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data>;
  /** What is loaded, for those who listen. */
  readonly label: string;
  readonly children: (data: Data) => ReactNode;
}

/** What a query brought: its shape while it is loading, the error where it failed, and old data greyed beside an error. */
export function Loaded<Data>({ query, label, children }: LoadedProps<Data>) {
  const { data, error, isFetching, refetch, dataUpdatedAt } = query;
  const again = () => void refetch();
  if (data === undefined) {
    return error ? (
      <Trouble error={error} title={`Could not load ${label}`} retry={again} busy={isFetching} />
    ) : (
      <Stack role="status" aria-label={`Loading ${label}`} gap="xs">
        {[1, 2, 3, 4].map((line) => (
          <Skeleton key={line} height={28} />
        ))}
      </Stack>
    );
  }
  if (!error) return children(data);
  return (
    <>
      <Trouble error={error} title={`This is from ${clock(dataUpdatedAt)}`} retry={again} busy={isFetching} />
      <div className="old">{children(data)}</div>
    </>
  );
}
