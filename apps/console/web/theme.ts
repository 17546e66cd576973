import { type CSSVariablesResolver, createTheme, type MantineColor } from '@mantine/core';

/** The console's theme: Mantine's, with one colour. Contrast is seen to in {@link cssVariables}. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 9, dark: 8 },
  focusRing: 'auto',
  respectReducedMotion: true,
  cursorType: 'pointer',
  headings: { fontWeight: '650' },
  components: {
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'sm' } },
    // Whole words in narrow columns: a badge is a sign, half of it is none.
    Badge: { defaultProps: { variant: 'light', tt: 'none', fw: 600, miw: 'max-content' } },
    Card: { defaultProps: { withBorder: true, padding: 'md', radius: 'md' } },
    // Most are there from the beginning; those that come up say so (`alert`, `status`).
    Alert: { defaultProps: { radius: 'md', role: 'note' } },
    Tooltip: { defaultProps: { withArrow: true, events: { hover: true, focus: true, touch: true } } },
    // Its element would be a second banner of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
  },
});

/** Text on the light variant of a colour, in the light scheme: at least 5:1. Mantine's own have 2.5 to 4. */
const ON_LIGHT = {
  red: '#a61e1e',
  orange: '#8f3206',
  yellow: '#7a4500',
  green: '#1b6b2f',
  teal: '#0b6652',
  blue: '#0b5394',
  indigo: '#364fc7',
  violet: '#5f3dc4',
  gray: '#40474e',
} as const satisfies Partial<Record<MantineColor, string>>;

/** Variables that differ from Mantine's, so that every text has a contrast of 4.5:1 at least in both schemes. */
export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#a61e1e',
  },
  light: {
    '--mantine-color-dimmed': colors.gray[7],
    '--mantine-color-placeholder': '#5f6770',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-anchor': colors.indigo[9],
    '--console-focus': colors.indigo[7],
    '--console-control': '#80868c',
    '--console-differs': '#fff3bf',
    '--console-supabase': '#2b8a3e',
    '--console-local': '#1971c2',
    '--console-twenty': '#c2255c',
    ...Object.fromEntries(
      Object.entries(ON_LIGHT).flatMap(([color, text]) => [
        [`--mantine-color-${color}-light-color`, text],
        [`--mantine-color-${color}-outline`, text],
        [`--mantine-color-${color}-text`, text],
      ]),
    ),
  },
  dark: {
    '--mantine-color-dimmed': colors.dark[1],
    '--mantine-color-placeholder': '#a5a5a5',
    '--mantine-color-error': colors.red[4],
    '--mantine-color-anchor': colors.indigo[3],
    '--console-focus': colors.indigo[3],
    '--console-control': '#8c8c8c',
    '--console-differs': '#4a3c00',
    '--console-supabase': colors.green[4],
    '--console-local': colors.blue[4],
    '--console-twenty': colors.pink[4],
    ...Object.fromEntries(
      Object.keys(ON_LIGHT).flatMap((color) => [
        [`--mantine-color-${color}-light-color`, colors[color]?.[2] ?? ''],
        [`--mantine-color-${color}-outline`, colors[color]?.[3] ?? ''],
        [`--mantine-color-${color}-text`, colors[color]?.[3] ?? ''],
      ]),
    ),
  },
});
