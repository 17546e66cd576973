import { categorySchema, type Problem } from '@contact-sync/api';
import { Alert, Button, Group, JsonInput, NativeSelect, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { ConflictDetail, OutcomeField } from '../logic/choice.ts';
import { contentOf, type Draft, draftOf, type HandContent, handOutcome, parsed } from '../logic/hand.ts';
import { CATEGORY_NAMES, fieldName, problemsOf } from '../logic/words.ts';

const LINES = ['canonical_name', 'given_name', 'family_name', 'organization', 'job_title', 'linkedin_url'];
const LISTS = ['emails', 'phones'];

interface HandEditProps {
  readonly detail: ConflictDetail;
  /** What the server said of it. */
  readonly problem: Problem | null;
  readonly propose: (content: HandContent, outcome: readonly OutcomeField[]) => void;
}

/** A contact written by hand: its main fields, and all of it as JSON; each follows the other. */
export function HandEdit({ detail, problem, propose }: HandEditProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(detail));
  const [json, setJson] = useState(() => JSON.stringify(draft, null, 2));
  const form = useRef<HTMLFormElement>(null);
  const broken = parsed(json) === null;
  const write = (field: string, value: unknown) => {
    const next = { ...draft, [field]: value };
    setDraft(next);
    setJson(JSON.stringify(next, null, 2));
  };
  const writeJson = (text: string) => {
    setJson(text);
    const next = parsed(text);
    if (next) setDraft(next);
  };
  // To the first field that the server objects to.
  useEffect(() => {
    if (!problem) return;
    // Once the dialog that has closed gave the focus back.
    const timer = setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(), 100);
    return () => clearTimeout(timer);
  }, [problem]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (broken) return;
    const content = contentOf(draft);
    propose(content, handOutcome(detail, content));
  };
  const text = (field: string) => (typeof draft[field] === 'string' ? draft[field] : '');
  const shared = (field: string) => ({
    label: fieldName(field),
    error: problemsOf(problem, field),
    disabled: broken,
  });
  const known = [...LINES, ...LISTS, 'category_code', 'subcategory_code'];
  const others = (problem?.errors ?? []).filter(
    (error) => !known.some((field) => problemsOf({ ...problem, errors: [error] } as Problem, field)),
  );
  return (
    <form onSubmit={submit} ref={form} aria-label="Edit by hand" noValidate>
      <Stack>
        {problem ? (
          <Alert role="alert" color="red" title="The server does not accept it">
            {problem.detail} {problem.advice}
          </Alert>
        ) : null}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {LINES.map((field) => (
            <TextInput
              key={field}
              {...shared(field)}
              required={field === 'canonical_name'}
              value={text(field)}
              onChange={({ currentTarget }) => write(field, currentTarget.value)}
            />
          ))}
          {LISTS.map((field) => (
            <Textarea
              key={field}
              {...shared(field)}
              description="One a line, the first is the primary one"
              autosize
              minRows={2}
              maxRows={8}
              value={Array.isArray(draft[field]) ? draft[field].join('\n') : ''}
              onChange={({ currentTarget }) => write(field, currentTarget.value.split('\n'))}
            />
          ))}
          <NativeSelect
            {...shared('category_code')}
            value={text('category_code')}
            onChange={({ currentTarget }) => write('category_code', currentTarget.value)}
            data={[
              { value: '', label: 'None' },
              ...categorySchema.options.map((code) => ({ value: code, label: `${code} · ${CATEGORY_NAMES[code]}` })),
            ]}
          />
          <TextInput
            {...shared('subcategory_code')}
            value={text('subcategory_code')}
            onChange={({ currentTarget }) => write('subcategory_code', currentTarget.value)}
          />
        </SimpleGrid>
        <JsonInput
          label="All of it, as JSON"
          description="With the context for models. The fields above follow it."
          autosize
          minRows={8}
          maxRows={28}
          spellCheck={false}
          value={json}
          onChange={writeJson}
          error={
            broken
              ? 'This is no JSON object'
              : others.length > 0
                ? others.map(({ field, message }) => `${field}: ${message}`).join('; ')
                : null
          }
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={broken}>
            See what comes of it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
