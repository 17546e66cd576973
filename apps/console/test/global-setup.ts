import { consoleFolder } from '../src/index.ts';

/** Built once before any test: several that start the whole program would each build it. */
export default async function setup(): Promise<void> {
  await consoleFolder();
}
