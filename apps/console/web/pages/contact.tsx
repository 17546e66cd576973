import { ApiError } from '@contact-sync/api';
import { Alert, Anchor, Button, Group, Tabs, Text } from '@mantine/core';
import { IconArrowsExchange, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { asked, useAction } from '../api.ts';
import { ContactContent } from '../parts/contact-content.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { CategoryMark, DeletedMark, StateMark } from '../parts/marks.tsx';
import { Page } from '../parts/page.tsx';
import { SyncResult } from '../parts/sync-result.tsx';
import { SystemsTable } from '../parts/systems-table.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { oneOf, useQueryState } from '../parts/use-query-state.ts';
import { When } from '../parts/when.tsx';

/** One contact: what it says, how it stands in each system, and what happened to it. */
export function ContactPage() {
  const { contactId = '' } = useParams();
  const { get, set } = useQueryState();
  const contact = useQuery(asked('contact', { params: { contact_id: contactId } }));
  const sync = useAction('sync');
  const tab = oneOf(get('tab'), ['details', 'timeline']) ?? 'details';
  const { data } = contact;
  const name = data?.content?.canonical_name ?? `Contact ${contactId}`;
  const missing = contact.error instanceof ApiError && contact.error.code === 'NO_SUCH_CONTACT';
  return (
    <Page
      title={data ? name : 'Contact'}
      heading={<bdi>{name}</bdi>}
      description={
        <Anchor component={Link} to="/contacts" size="sm" underline="always">
          All contacts
        </Anchor>
      }
      actions={
        data ? (
          <Button
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={sync.pending}
            onClick={() => sync.run({ params: { contact_id: contactId } })}
          >
            Sync now
          </Button>
        ) : null
      }
    >
      <Trouble error={sync.error} title="Not synced" retry={sync.again} busy={sync.pending} />
      <SyncResult answer={sync.answer} />
      {missing ? (
        <Alert color="yellow" title="There is no such contact">
          No contact has the id <bdi>{contactId}</bdi>. It may never have been told of.
        </Alert>
      ) : (
        <Loaded query={contact} label="the contact">
          {(one) => (
            <>
              <Group gap="sm">
                <StateMark state={one.state} />
                {one.deleted ? <DeletedMark /> : null}
                <CategoryMark code={one.content ? String(one.content.category_code ?? '') || null : null} />
                <Text size="sm">
                  Version {one.version}, <When at={one.last_updated} /> by <bdi>{one.last_updated_by}</bdi>
                </Text>
                <Text size="sm" c="dimmed">
                  Id {one.contact_id}
                </Text>
              </Group>
              {one.conflict_id === null ? null : (
                <Alert color="orange" icon={<IconArrowsExchange aria-hidden />} title="In conflict">
                  Two edits tie exactly, and a person decides.{' '}
                  <Anchor component={Link} to={`/conflicts/${one.conflict_id}`} inherit underline="always">
                    Decide now
                  </Anchor>
                </Alert>
              )}
              <SystemsTable systems={one.systems} head={one.version} />
              <Tabs
                value={tab}
                onChange={(next) => set({ tab: next === 'details' ? '' : (next ?? '') })}
                keepMounted={false}
              >
                <Tabs.List>
                  <Tabs.Tab value="details">Details</Tabs.Tab>
                  <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
                </Tabs.List>
                <Tabs.Panel value="details" pt="md">
                  <ContactContent content={one.content} />
                </Tabs.Panel>
                <Tabs.Panel value="timeline" pt="md">
                  <Timeline contactId={contactId} head={one} />
                </Tabs.Panel>
              </Tabs>
            </>
          )}
        </Loaded>
      )}
    </Page>
  );
}
