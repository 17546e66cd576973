import { Text } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { ago, localTime, utc } from '../logic/time.ts';

// One clock for the whole page: a timer for each of some hundred times would be a waste.
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // It stood still while nobody listened.
  if (timer === null) now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const tell of listeners) tell();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** The time, to a second or so: what uses it is drawn again as it goes on. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

/** When something was, relative to now; in full and in UTC on hovering. `null` is never. */
export function When({ at, never = 'never' }: { at: string | null; never?: string }) {
  const time = useNow();
  if (at === null)
    return (
      <Text span inherit c="dimmed">
        {never}
      </Text>
    );
  return (
    <time dateTime={at} title={`${utc(at)} (here: ${localTime(at)})`} style={{ whiteSpace: 'nowrap' }}>
      {ago(at, time)}
    </time>
  );
}
