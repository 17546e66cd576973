import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** What all tests have in common. */
export const config: ViteUserConfig['test'] = {
  include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
  // Compiles every library anew: `npm run test:published`.
  exclude: ['apps/release/test/published.test.ts'],
  globalSetup: ['packages/testkit/src/global-setup.ts', 'apps/console/test/global-setup.ts'],
  pool: 'forks',
  // Suites wait for their servers now and then: one more than the two cores of the machine that counts.
  maxWorkers: 3,
  // Loading pg, zod and the clients anew for each file took a quarter of the time. So a test leaves the environment and
  // what it imports as it found them.
  isolate: false,
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // What another process or thread does is waited for as long as a test may take at most; a second, which is usual, is
  // little on a busy machine.
  expect: { poll: { timeout: 20_000 } },
  teardownTimeout: 30_000,
};

export default defineConfig({ test: config });
