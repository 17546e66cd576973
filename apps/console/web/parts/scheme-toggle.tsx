import { ActionIcon, Tooltip, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconSun, IconSunMoon } from '@tabler/icons-react';

const SCHEMES = {
  auto: { next: 'light', Icon: IconSunMoon, words: 'as the system has it' },
  light: { next: 'dark', Icon: IconSun, words: 'light' },
  dark: { next: 'auto', Icon: IconMoon, words: 'dark' },
} as const;

/** Goes round the colour schemes: as the system has it, light, dark. */
export function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { next, Icon, words } = SCHEMES[colorScheme];
  const label = `Colours: ${words}. Change to ${SCHEMES[next].words}`;
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setColorScheme(next)}>
        <Icon size={20} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
