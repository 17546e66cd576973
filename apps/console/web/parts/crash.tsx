import { Button, Container, Group, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { Link, useRouteError } from 'react-router';
import { Trouble } from './trouble.tsx';

/** Where a page of the console itself is at fault: never a white page. */
export function CrashPage() {
  const error = useRouteError();
  useDocumentTitle('Something broke · contact-sync');
  return (
    <Container size="sm" py="xl">
      <Title order={1} size="h2" mb="md">
        This page broke
      </Title>
      <Trouble error={error} title="The console is at fault, not your data" />
      <Group mt="md">
        <Button onClick={() => window.location.reload()}>Load it again</Button>
        <Button component={Link} to="/" variant="default" reloadDocument>
          Overview
        </Button>
      </Group>
    </Container>
  );
}
