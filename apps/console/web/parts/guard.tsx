import { Center, Container, Loader, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Navigate, Outlet, useLocation } from 'react-router';
import { sessionQuery } from '../api.ts';
import { Trouble } from './trouble.tsx';

/** Lets those in who are logged in; the others log in first and come back to where they wanted to be. */
export function Guard() {
  const session = useQuery(sessionQuery);
  const { pathname, search } = useLocation();
  if (session.data === undefined) {
    return session.error ? (
      <Container component="main" size="sm" py="xl">
        <Title order={1} size="h2" mb="md">
          The server cannot be reached
        </Title>
        <Trouble error={session.error} retry={() => void session.refetch()} busy={session.isFetching} />
      </Container>
    ) : (
      <Center component="main" h="60vh">
        <Loader aria-label="Loading the console" />
      </Center>
    );
  }
  if (session.data.mode === 'token' && session.data.operator === null) {
    return <Navigate to={`/login?${new URLSearchParams({ to: pathname + search })}`} replace />;
  }
  return <Outlet />;
}
