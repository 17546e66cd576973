import { Anchor, List, Text } from '@mantine/core';
import { Link } from 'react-router';
import { DRIFT_NAMES, type DriftReport } from '../logic/drift.ts';
import { counted, fieldName } from '../logic/words.ts';

/** Records that drifted, one by one: what each is, and in which fields it differs. */
export function DriftItems({ items, more }: { items: DriftReport['items']; more: number }) {
  return (
    <>
      <List size="sm" spacing={2} my={4}>
        {items.map(({ contact_id, record_id, kind, fields }) => (
          <List.Item key={`${kind} ${record_id ?? contact_id}`}>
            {DRIFT_NAMES[kind]}:{' '}
            {contact_id === null ? (
              <>
                record <bdi>{record_id}</bdi>
              </>
            ) : (
              <Anchor component={Link} to={`/contacts/${contact_id}`} inherit underline="always">
                contact {contact_id}
              </Anchor>
            )}
            {fields.length === 0 ? null : ` (${fields.map(fieldName).join(', ')})`}
          </List.Item>
        ))}
      </List>
      {more > 0 ? <Text size="sm">And {counted(more, 'more', 'more')}.</Text> : null}
    </>
  );
}
