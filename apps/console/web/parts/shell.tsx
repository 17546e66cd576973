import { Anchor, AppShell, Burger, Group, NavLink, Text } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import {
  IconAddressBook,
  IconArrowsExchange,
  IconBell,
  IconBook,
  IconCalendarTime,
  IconExternalLink,
  IconHeartbeat,
  IconHistory,
  IconHome,
  IconMailX,
  type IconProps,
  IconStack2,
} from '@tabler/icons-react';
import { type ComponentType, useEffect, useRef } from 'react';
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router';
import { count } from '../logic/words.ts';
import { type Live, LiveMark, LiveProvider, useLive } from './live.tsx';
import { SchemeToggle } from './scheme-toggle.tsx';
import { WhoIsThere } from './who.tsx';

/** What is around every page: header, navigation, the connection's state. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const narrow = useMediaQuery('(max-width: 48em)') ?? false;
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    close();
    // Those who listen are taken to the new page, as a page load would.
    main.current?.focus({ preventScroll: true });
  }, [pathname, close]);
  return (
    <LiveProvider>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <AppShell
        header={{ height: 56 }}
        navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding={{ base: 'sm', sm: 'lg' }}
      >
        <AppShell.Header>
          <Group h="100%" px={{ base: 'xs', sm: 'md' }} justify="space-between" wrap="nowrap" gap="xs">
            <Group gap="xs" wrap="nowrap">
              <Burger
                opened={opened}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
                aria-expanded={opened}
              />
              <Anchor component={Link} to="/" c="var(--mantine-color-text)" fw={700} underline="never" visibleFrom="xs">
                contact-sync
              </Anchor>
              <LiveMark />
            </Group>
            <Group gap={4} wrap="nowrap">
              <WhoIsThere />
              <SchemeToggle />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="xs" aria-label="Main" inert={narrow && !opened}>
          <Navigation />
        </AppShell.Navbar>
        <AppShell.Main id="main" ref={main} tabIndex={-1}>
          <Outlet />
        </AppShell.Main>
      </AppShell>
      <ScrollRestoration />
    </LiveProvider>
  );
}

const PAGES: readonly {
  to: string;
  label: string;
  Icon: ComponentType<IconProps>;
  /** How many wait there for a person. */
  waiting?: (overview: NonNullable<Live['overview']>) => number | undefined;
}[] = [
  { to: '/', label: 'Overview', Icon: IconHome },
  { to: '/contacts', label: 'Contacts', Icon: IconAddressBook },
  { to: '/conflicts', label: 'Conflicts', Icon: IconArrowsExchange, waiting: ({ totals }) => totals?.conflicts },
  { to: '/dead-letters', label: 'Dead letters', Icon: IconMailX, waiting: ({ totals }) => totals?.dead_letters },
  { to: '/health', label: 'Health', Icon: IconHeartbeat },
  { to: '/alerts', label: 'Alerts', Icon: IconBell, waiting: ({ alerts }) => alerts?.length },
  { to: '/schedules', label: 'Schedules', Icon: IconCalendarTime },
  { to: '/activity', label: 'Activity', Icon: IconHistory },
];

function Navigation() {
  const { pathname } = useLocation();
  const { overview } = useLive();
  return (
    <>
      <AppShell.Section grow>
        {PAGES.map(({ to, label, Icon, waiting }) => {
          const active = to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`);
          const many = (overview && waiting?.(overview)) ?? 0;
          return (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={label}
              active={active}
              aria-current={active ? 'page' : undefined}
              leftSection={<Icon size={18} aria-hidden />}
              rightSection={
                many > 0 ? (
                  <Text span size="xs" fw={700} c="red">
                    {count(many)}
                  </Text>
                ) : null
              }
            />
          );
        })}
      </AppShell.Section>
      <AppShell.Section>
        <NavLink href="/queues" label="Queues" leftSection={<IconStack2 size={18} aria-hidden />} rightSection={OUT} />
        <NavLink href="/api/docs" label="API" leftSection={<IconBook size={18} aria-hidden />} rightSection={OUT} />
      </AppShell.Section>
    </>
  );
}

const OUT = <IconExternalLink size={14} aria-hidden />;
