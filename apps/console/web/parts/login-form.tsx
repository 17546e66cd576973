import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { call, queries, sessionQuery } from '../api.ts';
import { Trouble } from './trouble.tsx';

/** Asks for a name, and for the token where one is needed. */
export function LoginForm({ withToken, done }: { withToken: boolean; done: () => void }) {
  const { data: session } = useQuery(sessionQuery);
  const [operator, setOperator] = useState(session?.operator ?? '');
  const [token, setToken] = useState('');
  const login = useMutation({
    mutationFn: () => call('login', { body: { token, operator: operator.trim() } }),
    onSuccess: (after) => {
      queries.setQueryData(sessionQuery.queryKey, after);
      done();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Your name"
          description="What you do is recorded by it."
          required
          maxLength={200}
          autoComplete="username"
          data-autofocus
          value={operator}
          onChange={({ currentTarget }) => setOperator(currentTarget.value)}
        />
        {withToken ? (
          <PasswordInput
            label="Token"
            description="The server’s API_TOKEN."
            required
            maxLength={1_000}
            autoComplete="current-password"
            value={token}
            onChange={({ currentTarget }) => setToken(currentTarget.value)}
          />
        ) : null}
        <Trouble error={login.error} title="Not logged in" />
        <Button type="submit" loading={login.isPending} disabled={operator.trim() === ''}>
          {withToken ? 'Log in' : 'Save'}
        </Button>
      </Stack>
    </form>
  );
}
