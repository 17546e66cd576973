import { Anchor } from '@mantine/core';
import { type ReactNode, useState } from 'react';

interface FoldProps {
  readonly short: ReactNode;
  readonly full: ReactNode;
  /** Of the button. */
  readonly more?: string;
}

/**
 * The beginning of something long, and all of it once it is asked for. Mantine's `Spoiler` draws all of it at once and
 * makes a landmark of each.
 */
export function Fold({ short, full, more = 'Show all' }: FoldProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      {open ? full : short}
      <Anchor
        component="button"
        type="button"
        size="sm"
        display="block"
        lh="24px"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {open ? 'Show less' : more}
      </Anchor>
    </>
  );
}
