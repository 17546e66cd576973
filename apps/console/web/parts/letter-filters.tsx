import { systemSchema, workQueueSchema } from '@contact-sync/api';
import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { SYSTEM_NAMES } from '../logic/words.ts';
import { useQueryState } from './use-query-state.ts';

const NAMES = ['system', 'queue', 'code', 'contact', 'since', 'before', 'status'];

/** Which dead letters are shown. */
export function LetterFilters() {
  const { get, set } = useQueryState();
  return (
    <Group component="search" align="flex-end" gap="sm" aria-label="Filter dead letters">
      <NativeSelect
        label="System"
        value={get('system')}
        onChange={({ currentTarget }) => set({ system: currentTarget.value })}
        data={[
          { value: '', label: 'All' },
          ...systemSchema.options.map((value) => ({ value, label: SYSTEM_NAMES[value] })),
        ]}
      />
      <NativeSelect
        label="Queue"
        value={get('queue')}
        onChange={({ currentTarget }) => set({ queue: currentTarget.value })}
        data={[{ value: '', label: 'All' }, ...workQueueSchema.options]}
      />
      <Slow name="code" label="Code" />
      <Slow name="contact" label="Contact id" pattern={/^(0|-?[1-9]\d{0,18})?$/} wrong="A whole number" />
      <TextInput
        type="datetime-local"
        label="Failed first since"
        value={get('since')}
        onChange={({ currentTarget }) => set({ since: currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        label="Failed first before"
        value={get('before')}
        onChange={({ currentTarget }) => set({ before: currentTarget.value })}
      />
      <NativeSelect
        label="Status"
        value={get('status')}
        onChange={({ currentTarget }) => set({ status: currentTarget.value })}
        data={[
          { value: '', label: 'Open' },
          { value: 'closed', label: 'Closed' },
          { value: 'all', label: 'All' },
        ]}
      />
      {NAMES.some((name) => get(name) !== '') ? (
        <Button variant="subtle" onClick={() => set(Object.fromEntries(NAMES.map((name) => [name, ''])))}>
          Clear filters
        </Button>
      ) : null}
    </Group>
  );
}

function Slow({ name, label, pattern, wrong }: { name: string; label: string; pattern?: RegExp; wrong?: string }) {
  const { get, set } = useQueryState();
  const value = get(name);
  const [text, setText] = useState(value);
  const tell = useDebouncedCallback((next: string) => set({ [name]: next.trim() }), 300);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      label={label}
      value={text}
      error={pattern?.test(text.trim()) === false ? wrong : null}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        tell(currentTarget.value);
      }}
    />
  );
}
