import { Code } from '@mantine/core';

/** What to do, in the hub's own words: what stands between backticks is to be typed. */
export function Advice({ children }: { children: string }) {
  return (
    <bdi>
      {children
        .split('`')
        // Every other piece stood between two of them.
        .map((text, place) => ({ text, key: `${place} ${text}`, typed: place % 2 === 1 }))
        .map(({ text, key, typed }) => (typed ? <Code key={key}>{text}</Code> : <span key={key}>{text}</span>))}
    </bdi>
  );
}
