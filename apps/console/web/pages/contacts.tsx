import { categorySchema, stateSchema } from '@contact-sync/api';
import { Group, Kbd, NativeSelect, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { asked } from '../api.ts';
import { CATEGORY_NAMES, STATE_NAMES } from '../logic/words.ts';
import { ContactsTable } from '../parts/contacts-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { oneOf, useQueryState } from '../parts/use-query-state.ts';

/** The contacts, searched and filtered by the server: only one page of them is ever here. */
export function ContactsPage() {
  const { get, set } = useQueryState();
  const category = oneOf(get('category'), categorySchema.options);
  const state = oneOf(get('state'), stateSchema.options);
  const deleted = oneOf(get('deleted'), ['true', 'false']);
  const q = get('q');
  const query = useQuery({
    ...asked('contacts', {
      query: {
        limit: 50,
        q: q || undefined,
        category,
        state,
        deleted,
        after: get('after') || undefined,
      },
    }),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title="Contacts">
      <Group component="search" align="flex-end" gap="sm">
        <SearchBox value={q} onSearch={(text) => set({ q: text })} />
        <NativeSelect
          label="Category"
          value={category ?? ''}
          onChange={({ currentTarget }) => set({ category: currentTarget.value })}
          data={[
            { value: '', label: 'All' },
            ...categorySchema.options.map((code) => ({ value: code, label: `${code} · ${CATEGORY_NAMES[code]}` })),
          ]}
        />
        <NativeSelect
          label="State"
          value={state ?? ''}
          onChange={({ currentTarget }) => set({ state: currentTarget.value })}
          data={[
            { value: '', label: 'All' },
            ...stateSchema.options.map((one) => ({ value: one, label: STATE_NAMES[one] })),
          ]}
        />
        <NativeSelect
          label="Deleted"
          value={deleted ?? ''}
          onChange={({ currentTarget }) => set({ deleted: currentTarget.value })}
          data={[
            { value: '', label: 'Without deleted ones' },
            { value: 'true', label: 'Only deleted ones' },
          ]}
        />
      </Group>
      <Loaded query={query} label="contacts">
        {({ items, next }) => (
          <div aria-busy={query.isPlaceholderData}>
            {items.length === 0 ? (
              <Text role="status" py="xl" ta="center">
                No contact matches.
              </Text>
            ) : (
              <ContactsTable contacts={items} />
            )}
            <Pager next={next} label="contacts" shown={items.length} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function SearchBox({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const said = useRef(value);
  const search = useDebouncedCallback((next: string) => {
    said.current = next;
    onSearch(next);
  }, 250);
  // By Back, or by a link: not what was typed here.
  useEffect(() => {
    if (value === said.current) return;
    said.current = value;
    setText(value);
  }, [value]);
  useHotkeys([['/', () => input.current?.focus()]]);
  return (
    <TextInput
      ref={input}
      type="search"
      label="Search"
      placeholder="Name, address, number, organization or id"
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={<Kbd size="xs">/</Kbd>}
      rightSectionPointerEvents="none"
      maxLength={200}
      miw={{ base: '100%', sm: 340 }}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        search(currentTarget.value.trim());
      }}
    />
  );
}
