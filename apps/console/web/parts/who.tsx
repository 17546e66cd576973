import { Button, Menu, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconUser } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { call, queries, type Session, sessionQuery } from '../api.ts';
import { LoginForm } from './login-form.tsx';
import { Trouble } from './trouble.tsx';

/** Who is logged in, as the record will name them; here they say another name or log out. */
export function WhoIsThere() {
  const { data: session } = useQuery(sessionQuery);
  const [naming, { open, close }] = useDisclosure(false);
  const leave = useMutation({
    mutationFn: () => call('logout', {}),
    onSuccess: (after: Session) => {
      queries.setQueryData(sessionQuery.queryKey, after);
      // Where no token is set one goes on as nobody, who needs a secret as well.
      if (after.mode === 'open') void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
      // The next one who logs in sees nothing of what this one saw.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    },
  });
  if (!session) return null;
  const { mode, operator } = session;
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            px="xs"
            c="var(--mantine-color-text)"
            leftSection={<IconUser size={18} aria-hidden />}
            aria-label={operator === null ? 'No name: you have not said it' : `Logged in as ${operator}`}
            maw={{ base: 120, sm: 220 }}
          >
            <Text span truncate size="sm">
              {operator === null ? 'No name' : <bdi>{operator}</bdi>}
            </Text>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {mode === 'open'
              ? 'No token is set: this machine alone is let in.'
              : 'What you do is recorded by this name.'}
          </Menu.Label>
          {mode === 'open' ? <Menu.Item onClick={open}>Say your name</Menu.Item> : null}
          {operator === null ? null : <Menu.Item onClick={() => leave.mutate()}>Log out</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={naming} onClose={close} title="Who you are">
        <LoginForm withToken={false} done={close} />
      </Modal>
      <Modal opened={leave.error !== null} onClose={leave.reset} title="Log out">
        <Trouble error={leave.error} retry={() => leave.mutate()} busy={leave.isPending} />
      </Modal>
    </>
  );
}
