/** A program that starts a Postgres, says so, and then ends as it is told: by a signal, or by an error on a word. */
import { startPostgres } from '../src/postgres/index.ts';

const [dataDir] = process.argv.slice(2);
const { url } = await startPostgres(dataDir === undefined ? {} : { dataDir });
console.log(url);
process.stdin.on('data', () => {
  throw new Error('as told');
});
