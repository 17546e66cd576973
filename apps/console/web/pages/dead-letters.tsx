import { Button, Group, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asked } from '../api.ts';
import { filterOf, openFilterOf } from '../logic/filters.ts';
import { count } from '../logic/words.ts';
import { type Bulk, BulkModal } from '../parts/bulk-modal.tsx';
import { LetterFilters } from '../parts/letter-filters.tsx';
import { LetterGroups } from '../parts/letter-groups.tsx';
import { LettersTable } from '../parts/letters-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { useQueryState } from '../parts/use-query-state.ts';

/** Work that failed for good: found by kind, tried again or given up, one by one or all at once. */
export function DeadLettersPage() {
  const { get } = useQueryState();
  const filter = filterOf(get);
  const letters = useQuery({
    ...asked('deadLetters', { query: { ...filter, limit: 50, after: get('after') || undefined } }),
    placeholderData: keepPreviousData,
  });
  const groups = useQuery({ ...asked('deadLetterGroups', { query: filter }), placeholderData: keepPreviousData });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<Bulk | null>(null);
  const open = filter.status === undefined;
  const total = groups.data?.total ?? 0;
  const here = letters.data?.items ?? [];
  // Those chosen that are gone from the page are no longer meant.
  const ids = here
    .filter((one) => one.status === 'open' && chosen.has(one.dead_letter_id))
    .map((one) => one.dead_letter_id);
  const selected = { ids, total: ids.length };
  const matching = { filter: openFilterOf(filter), total };
  return (
    <Page
      title="Dead letters"
      description="Work that failed for good. Nothing of it is lost: the edit stays kept until somebody decides."
    >
      <Loaded query={groups} label="the kinds of dead letters">
        {(data) => <LetterGroups groups={data.groups} />}
      </Loaded>
      <LetterFilters />
      {open ? (
        <Group gap="xs" role="toolbar" aria-label="What to do with dead letters">
          <Button disabled={ids.length === 0} onClick={() => setBulk({ kind: 'replay', selection: selected })}>
            Replay selected ({count(ids.length)})
          </Button>
          <Button
            variant="default"
            disabled={ids.length === 0}
            onClick={() => setBulk({ kind: 'discard', selection: selected })}
          >
            Discard selected ({count(ids.length)})
          </Button>
          <Button
            variant="default"
            disabled={total === 0}
            onClick={() => setBulk({ kind: 'replay', selection: matching })}
          >
            Replay all matching ({count(total)})
          </Button>
          <Button
            variant="default"
            disabled={total === 0}
            onClick={() => setBulk({ kind: 'discard', selection: matching })}
          >
            Discard all matching ({count(total)})
          </Button>
        </Group>
      ) : null}
      <Loaded query={letters} label="dead letters">
        {({ items, next }) =>
          items.length === 0 ? (
            <Text role="status" py="xl" ta="center">
              No dead letter matches.
            </Text>
          ) : (
            <>
              <LettersTable letters={items} chosen={chosen} choose={setChosen} />
              <Pager next={next} label="dead letters" shown={items.length} />
            </>
          )
        }
      </Loaded>
      {bulk === null ? null : (
        <BulkModal
          bulk={bulk}
          close={() => {
            setBulk(null);
            setChosen(new Set());
          }}
        />
      )}
    </Page>
  );
}
