import { defineConfig } from 'vitest/config';
import { config } from './vitest.config.ts';

/** What is published, proved in an empty project. It builds all libraries first, and so is not among the other tests. */
export default defineConfig({
  test: { ...config, include: ['apps/release/test/published.test.ts'], exclude: [] },
});
