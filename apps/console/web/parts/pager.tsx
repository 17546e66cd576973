import { Button, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';

/** The cursors of the pages before, with the history's entry: they are no part of what is shared. */
function cursorsOf(state: unknown): readonly string[] {
  const before: unknown = typeof state === 'object' && state !== null && 'before' in state ? state.before : null;
  return Array.isArray(before) ? before.filter((cursor) => typeof cursor === 'string') : [];
}

/** Previous and next page of a list that is paged by cursors; the cursor stands in the address. */
export function Pager({ next, label, shown }: { next: string | null; label: string; shown: number }) {
  const [search] = useSearchParams();
  const location = useLocation();
  const navigate = useNavigate();
  const after = search.get('after');
  const before = cursorsOf(location.state);
  const go = (cursor: string | null, cursors: readonly string[]) => {
    const to = new URLSearchParams(search);
    if (cursor) to.set('after', cursor);
    else to.delete('after');
    void navigate({ search: to.toString() }, { state: { before: cursors } });
    window.scrollTo({ top: 0 });
  };
  if (after === null && next === null) return null;
  return (
    <Group component="nav" aria-label={`Pages of ${label}`} justify="space-between" mt="md">
      <Button
        variant="default"
        leftSection={<IconChevronLeft size={16} aria-hidden />}
        disabled={after === null}
        onClick={() => go(before.at(-1) ?? null, before.slice(0, -1))}
      >
        {after !== null && before.length === 0 ? 'First page' : 'Previous'}
      </Button>
      <Text size="sm" c="dimmed">
        {after !== null && before.length === 0 ? '' : `Page ${before.length + 1}, `}
        {shown} on this page
      </Text>
      <Button
        variant="default"
        rightSection={<IconChevronRight size={16} aria-hidden />}
        disabled={next === null}
        onClick={() => go(next, after === null ? [''] : [...before, after])}
      >
        Next
      </Button>
    </Group>
  );
}
