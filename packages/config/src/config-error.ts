/** What is wrong with one variable. Never quotes its value: it may be a secret. */
export interface ConfigProblem {
  /** Its name, as `LEDGER_URL`. */
  readonly variable: string;
  /** English; completes the sentence that begins with the name. */
  readonly message: string;
}

/** Everything that is wrong with the environment, at once. Its message has one line for each problem. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ variable, message }) => `${variable} ${message}`).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
