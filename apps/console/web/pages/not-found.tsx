import { Anchor, Text } from '@mantine/core';
import { Link, useLocation } from 'react-router';
import { Page } from '../parts/page.tsx';

/** For an address that is none. */
export function NotFoundPage() {
  const { pathname } = useLocation();
  return (
    <Page title="Page not found">
      <Text>
        There is nothing at <bdi>{pathname}</bdi>. Go to the{' '}
        <Anchor component={Link} to="/" underline="always">
          overview
        </Anchor>{' '}
        or search the{' '}
        <Anchor component={Link} to="/contacts" underline="always">
          contacts
        </Anchor>
        .
      </Text>
    </Page>
  );
}
