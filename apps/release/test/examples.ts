/** A block of TypeScript in a README. */
export interface Example {
  readonly code: string;
  /** Why it is only type-checked; `null` for one that runs. */
  readonly notRun: string | null;
  /** The lines that it prints, as its comments say. */
  readonly prints: readonly string[];
}

const BLOCK = /^```ts\n(.*?)^```$/gms;
const NOT_RUN = /^\/\/ not run: (.+)$/m;
const PRINTED = /^\s*(?:console\.log\(.*)?\); \/\/ (.*)$/;

/**
 * The examples of a README. Each `console.log(…)` prints one line, and ends with it: `console.log(EXPR); // OUTPUT`. A
 * block that begins with `// not run: …` says why nobody runs it.
 */
export function examplesIn(readme: string): readonly Example[] {
  return [...readme.matchAll(BLOCK)].map(([, code = '']) => {
    const [first = ''] = code.split('\n', 1);
    return {
      code,
      notRun: NOT_RUN.exec(first)?.[1] ?? null,
      prints: code.split('\n').flatMap((line) => PRINTED.exec(line)?.[1] ?? []),
    };
  });
}
