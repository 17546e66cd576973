/** What is wrong with one variable. Never quotes its value: it may be a secret. */
export interface ConfigProblem {
  readonly variable: string;
  readonly message: string;
}

/** Everything that is wrong with the environment, at once. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ variable, message }) => `${variable} ${message}`).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
