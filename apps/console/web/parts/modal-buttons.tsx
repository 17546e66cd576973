import { Group } from '@mantine/core';
import type { ReactNode } from 'react';

/** The buttons of a dialog: in sight however long what is above them. */
export function ModalButtons({ children }: { children: ReactNode }) {
  return (
    <Group
      justify="flex-end"
      pos="sticky"
      bottom={0}
      py="sm"
      mb="calc(var(--mb-padding) * -1)"
      bg="var(--mantine-color-body)"
    >
      {children}
    </Group>
  );
}
