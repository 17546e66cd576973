import { SegmentedControl, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { asked } from '../api.ts';
import { inOrder } from '../logic/alerts.ts';
import { AlertCard } from '../parts/alert-card.tsx';
import { AlertHistory } from '../parts/alert-history.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { oneOf, useQueryState } from '../parts/use-query-state.ts';

/** What is wrong now, with what to do; and what was. */
export function AlertsPage() {
  const { get, set } = useQueryState();
  const state = oneOf(get('state'), ['open', 'resolved']) ?? 'open';
  const query = useQuery({
    ...asked('alerts', { query: { state, limit: 200 } }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  return (
    <Page
      title="Alerts"
      description="What people are told of. Each fires once, and is over once; what is in hand or silent is still shown."
    >
      <SegmentedControl
        aria-label="Which alerts"
        w="fit-content"
        value={state}
        onChange={(next) => set({ state: next === 'open' ? '' : next })}
        data={[
          { value: 'open', label: 'Open' },
          { value: 'resolved', label: 'Over' },
        ]}
      />
      <Loaded query={query} label="alerts">
        {({ items }) =>
          items.length === 0 ? (
            <Text role="status" py="xl" ta="center">
              {state === 'open' ? 'Nothing is wrong.' : 'No alert is over yet.'}
            </Text>
          ) : state === 'open' ? (
            <Stack gap="sm">
              {inOrder(items).map((alert) => (
                <AlertCard key={alert.alert_id} alert={alert} />
              ))}
            </Stack>
          ) : (
            <AlertHistory alerts={items} />
          )
        }
      </Loaded>
    </Page>
  );
}
