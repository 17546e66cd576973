import { Center, Container, Loader, Paper, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Navigate, useNavigate, useSearchParams } from 'react-router';
import { sessionQuery } from '../api.ts';
import { LoginForm } from '../parts/login-form.tsx';
import { Trouble } from '../parts/trouble.tsx';

/** Where the server wants a token; afterwards one is where one wanted to be. */
export function LoginPage() {
  useDocumentTitle('Log in · contact-sync');
  const session = useQuery(sessionQuery);
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const wanted = search.get('to') ?? '/';
  // Only a path of this console: `//elsewhere` is another host.
  const to = /^\/(?![/\\])/.test(wanted) ? wanted : '/';
  if (session.data && (session.data.mode === 'open' || session.data.operator !== null)) {
    return <Navigate to={to} replace />;
  }
  return (
    <Container component="main" size={420} py={80}>
      <Title order={1} size="h2">
        Log in
      </Title>
      <Text c="dimmed" size="sm" mb="md">
        contact-sync console
      </Text>
      {session.data ? (
        <Paper withBorder p="lg" radius="md">
          <LoginForm withToken done={() => void navigate(to, { replace: true })} />
        </Paper>
      ) : session.error ? (
        <Trouble error={session.error} retry={() => void session.refetch()} busy={session.isFetching} />
      ) : (
        <Center>
          <Loader aria-label="Loading" />
        </Center>
      )}
    </Container>
  );
}
