import { Badge, type MantineColor, Text } from '@mantine/core';
import {
  IconArrowsExchange,
  IconCircleCheck,
  IconClock,
  IconEyeOff,
  IconMailX,
  type IconProps,
  IconTrash,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { CATEGORY_NAMES, STATE_NAMES, type State } from '../logic/words.ts';

const STATES: Readonly<Record<State, { color: MantineColor; Icon: ComponentType<IconProps> }>> = {
  conflict: { color: 'orange', Icon: IconArrowsExchange },
  pending: { color: 'blue', Icon: IconClock },
  dead_letter: { color: 'red', Icon: IconMailX },
  in_step: { color: 'green', Icon: IconCircleCheck },
};

/** How a contact stands, by word and sign and colour. */
export function StateMark({ state }: { state: State }) {
  const { color, Icon } = STATES[state];
  return (
    <Badge color={color} leftSection={<Icon size={12} aria-hidden />}>
      {STATE_NAMES[state]}
    </Badge>
  );
}

/** A category by letter and name; X stands out: such a contact is told to no model. */
export function CategoryMark({ code }: { code: string | null }) {
  if (code === null) {
    return (
      <Text span size="sm" c="dimmed">
        None
      </Text>
    );
  }
  if (code === 'X') {
    return (
      <Badge color="violet" leftSection={<IconEyeOff size={12} aria-hidden />}>
        X · excluded from prompts
      </Badge>
    );
  }
  return (
    <Text span size="sm">
      {code} · {CATEGORY_NAMES[code] ?? 'unknown'}
    </Text>
  );
}

/** Says that a contact, or one side of a conflict, is deleted. */
export function DeletedMark({ children = 'Deleted' }: { children?: string }) {
  return (
    <Badge color="gray" leftSection={<IconTrash size={12} aria-hidden />}>
      {children}
    </Badge>
  );
}
