import type { Answer } from '@contact-sync/api';
import { Alert, Anchor, DataList, Stack, Text } from '@mantine/core';
import { fieldName, webAddress } from '../logic/words.ts';
import { Section } from './section.tsx';
import { Value } from './value.tsx';

const FIELDS = [
  'canonical_name',
  'given_name',
  'family_name',
  'emails',
  'phones',
  'organization',
  'job_title',
  'linkedin_url',
  'category_code',
  'subcategory_code',
];

/** Everything a contact says; what models may be told stands apart. */
export function ContactContent({ content }: { content: Answer<'contact'>['content'] }) {
  if (content === null)
    return (
      <Alert color="gray" title="Deleted">
        The contact is deleted in every system.
      </Alert>
    );
  const { llm_context: context, ...plain } = content;
  const others = Object.keys(plain).filter((key) => !FIELDS.includes(key));
  return (
    <Stack gap="lg">
      <Section title="Contact">
        <Lines of={plain} fields={[...FIELDS, ...others]} />
      </Section>
      <Section title="Context for models">
        {typeof context === 'object' && context !== null ? (
          <>
            {content.category_code === 'X' ? (
              <Alert color="violet" mb="sm" title="Excluded from prompts">
                Category X: none of this is told to any model.
              </Alert>
            ) : null}
            <Lines of={{ ...context }} fields={Object.keys(context)} />
          </>
        ) : (
          <Text c="dimmed">None is kept.</Text>
        )}
      </Section>
    </Stack>
  );
}

function Lines({ of, fields }: { of: Readonly<Record<string, unknown>>; fields: readonly string[] }) {
  return (
    <DataList withDivider labelWidth="150px" orientation="horizontal">
      {fields.map((field) => (
        <DataList.Item key={field}>
          <DataList.ItemLabel>{fieldName(field)}</DataList.ItemLabel>
          <DataList.ItemValue>
            <FieldValue field={field} value={of[field]} />
          </DataList.ItemValue>
        </DataList.Item>
      ))}
    </DataList>
  );
}

function FieldValue({ field, value }: { field: string; value: unknown }) {
  const address = field === 'linkedin_url' && typeof value === 'string' ? webAddress(value) : null;
  if (address === null) return <Value value={value} />;
  return (
    <Anchor href={address} target="_blank" rel="noopener noreferrer nofollow" size="sm" underline="always">
      <bdi>{String(value)}</bdi>
    </Anchor>
  );
}
