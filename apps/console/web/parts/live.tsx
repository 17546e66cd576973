import type { Answer } from '@contact-sync/api';
import { Badge, type MantineColor, Tooltip } from '@mantine/core';
import { IconBroadcast, IconPlugConnectedX, type IconProps, IconRefresh } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ComponentType, createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { call } from '../api.ts';
import { type Link, type LinkState, stateOf } from '../logic/link.ts';
import { clock } from '../logic/time.ts';
import { useNow } from './when.tsx';

/** Everything at a glance, and how sure it is. */
export interface Live {
  readonly overview: Answer<'overview'> | undefined;
  /** When the server said so last, in milliseconds; `null`: never yet. */
  readonly confirmed: number | null;
  readonly state: LinkState;
  readonly error: Error | null;
  readonly refetch: () => void;
}

const LiveContext = createContext<Live | null>(null);

/** The overview, as it changes. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error('useLive outside of LiveProvider');
  return live;
}

/** What lists are called by react-query that a change may show in. */
const MOVED_BY_CHANGES: ReadonlySet<unknown> = new Set([
  'contacts',
  'contact',
  'timeline',
  'conflicts',
  'conflict',
  'deadLetters',
  'deadLetterGroups',
  'deadLetter',
  'actions',
  'alerts',
]);

/** Listens to the server's events for all pages; where they do not come, it asks. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [link, setLink] = useState<Link>('connecting');
  const now = useNow();
  const overview = useQuery({
    queryKey: ['overview', {}],
    queryFn: ({ signal }) => call('overview', {}, { signal }),
    // Events come when something changes: without any it is asked now and then, for a connection may be dead unnoticed.
    refetchInterval: ({ state }) => (link === 'open' && Date.now() - state.dataUpdatedAt < 20_000 ? 20_000 : 4_000),
    staleTime: 1_000,
    retry: false,
  });
  useEffect(() => {
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
      source = new EventSource('/api/events');
      source.onopen = () => setLink('open');
      source.addEventListener('overview', ({ data }) => {
        setLink('open');
        client.setQueryData(['overview', {}], JSON.parse(data));
      });
      source.onerror = () => {
        setLink('lost');
        // Told to go away, the browser does not come back by itself.
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, 5_000);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [client]);
  useRefreshOnChange(overview.data);
  const confirmed = overview.data === undefined ? null : overview.dataUpdatedAt;
  const live: Live = {
    overview: overview.data,
    confirmed,
    state: stateOf(link, confirmed, overview.error !== null, now),
    error: overview.error,
    refetch: () => void overview.refetch(),
  };
  return <LiveContext value={live}>{children}</LiveContext>;
}

const alertsOf = ({ alerts }: Answer<'overview'>) => alerts?.map(({ alert_id, since }) => `${alert_id} ${since}`);

/** Asks anew for what is on the screen when the overview tells of a change; at most every few seconds. */
function useRefreshOnChange(overview: Answer<'overview'> | undefined): void {
  const client = useQueryClient();
  const latest = overview?.latest[0];
  const mark =
    overview &&
    JSON.stringify([latest?.contact_id, latest?.version, latest?.last_at, overview.totals, alertsOf(overview)]);
  const seen = useRef<string | undefined>(undefined);
  const asked = useRef(0);
  useEffect(() => {
    if (mark === undefined || mark === seen.current) return;
    const first = seen.current === undefined;
    seen.current = mark;
    if (first) return;
    const wait = Math.max(0, asked.current + 3_000 - Date.now());
    const timer = setTimeout(() => {
      asked.current = Date.now();
      void client.invalidateQueries({ predicate: ({ queryKey }) => MOVED_BY_CHANGES.has(queryKey[0]) });
    }, wait);
    return () => clearTimeout(timer);
  }, [mark, client]);
}

const LOOKS: Readonly<Record<LinkState, { color: MantineColor; Icon: ComponentType<IconProps>; tip: string }>> = {
  live: { color: 'green', Icon: IconBroadcast, tip: 'Changes are shown as they happen.' },
  polling: { color: 'blue', Icon: IconRefresh, tip: 'No live stream: the server is asked every few seconds.' },
  reconnecting: { color: 'yellow', Icon: IconRefresh, tip: 'The connection is lost. It is tried again.' },
  stale: { color: 'red', Icon: IconPlugConnectedX, tip: 'The server has not answered since. What is shown is old.' },
};

/** Whether what is shown is how things are. */
export function LiveMark() {
  const { state, confirmed } = useLive();
  const { color, Icon, tip } = LOOKS[state];
  const words: Readonly<Record<LinkState, string>> = {
    live: 'Live',
    polling: 'Polling',
    reconnecting: 'Reconnecting…',
    stale: confirmed === null ? 'No data' : `Stale since ${clock(confirmed)}`,
  };
  return (
    <Tooltip label={tip}>
      <Badge
        role="status"
        aria-label={`Connection: ${words[state]}`}
        color={color}
        leftSection={<Icon size={12} aria-hidden />}
      >
        {words[state]}
      </Badge>
    </Tooltip>
  );
}
