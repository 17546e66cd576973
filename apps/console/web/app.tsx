import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { createBrowserRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { queries } from './api.ts';
import { ActivityPage } from './pages/activity.tsx';
import { AlertsPage } from './pages/alerts.tsx';
import { ConflictPage } from './pages/conflict.tsx';
import { ConflictsPage } from './pages/conflicts.tsx';
import { ContactPage } from './pages/contact.tsx';
import { ContactsPage } from './pages/contacts.tsx';
import { DeadLetterPage } from './pages/dead-letter.tsx';
import { DeadLettersPage } from './pages/dead-letters.tsx';
import { HealthPage } from './pages/health.tsx';
import { LoginPage } from './pages/login.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { SchedulesPage } from './pages/schedules.tsx';
import { CrashPage } from './parts/crash.tsx';
import { Guard } from './parts/guard.tsx';
import { Shell } from './parts/shell.tsx';
import { cssVariables, theme } from './theme.ts';

const router = createBrowserRouter([
  {
    ErrorBoundary: CrashPage,
    children: [
      { path: '/login', Component: LoginPage },
      {
        Component: Guard,
        children: [
          {
            Component: Shell,
            children: [
              {
                // Around the pages alone: the navigation stays when one of them breaks.
                ErrorBoundary: CrashPage,
                children: [
                  { path: '/', Component: OverviewPage },
                  { path: '/contacts', Component: ContactsPage },
                  { path: '/contacts/:contactId', Component: ContactPage },
                  { path: '/conflicts', Component: ConflictsPage },
                  { path: '/conflicts/:conflictId', Component: ConflictPage },
                  { path: '/dead-letters', Component: DeadLettersPage },
                  { path: '/dead-letters/:deadLetterId', Component: DeadLetterPage },
                  { path: '/health', Component: HealthPage },
                  { path: '/alerts', Component: AlertsPage },
                  { path: '/schedules', Component: SchedulesPage },
                  { path: '/activity', Component: ActivityPage },
                  { path: '*', Component: NotFoundPage },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
]);

/** The console: everything around the pages, and which page belongs to which address. */
export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <ModalsProvider labels={{ confirm: 'Confirm', cancel: 'Cancel' }}>
          <Notifications position="bottom-right" autoClose={8_000} />
          <RouterProvider router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
