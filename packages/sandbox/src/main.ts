/** `npm run sandbox -- --only bigquery,supabase`: starts local parts and prints what points the hub at them. */
import { parseArgs } from 'node:util';
import { PARTS, type Part, startSandbox } from './sandbox.ts';

const USAGE = `Starts local endpoints of the outside systems and prints the environment variables that point the hub at them.

  npm run sandbox -- [--only ${PARTS.join(',')}] [--hub-port 3210] [--data folder] [--local sqlite]

  --only      just these parts; the others stay what your own environment says
  --hub-port  where the hub will listen: webhooks go there (default 3210)
  --local     postgres or sqlite: what the local database is (default: postgres)
  --data      where Postgres keeps its data (default: a temporary folder, removed in the end)`;

/** @throws {TypeError} with what is wrong with the arguments */
function options(): Parameters<typeof startSandbox>[0] | 'help' {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      'hub-port': { type: 'string', default: '3210' },
      data: { type: 'string' },
      local: { type: 'string', default: 'postgres' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const port = Number(values['hub-port']);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new TypeError('--hub-port is not a port');
  const only = values.only?.split(',').map((name): Part => {
    const part = PARTS.find((one) => one === name.trim());
    if (part === undefined)
      throw new TypeError(`--only: there is no part ${JSON.stringify(name)}, but ${PARTS.join(', ')}`);
    return part;
  });
  const { local } = values;
  if (local !== 'postgres' && local !== 'sqlite') throw new TypeError('--local is neither postgres nor sqlite');
  return { hubPort: port, local, ...(only && { only }), ...(values.data !== undefined && { dataDir: values.data }) };
}

let wanted: ReturnType<typeof options>;
try {
  wanted = options();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exit(2);
}
if (wanted === 'help') {
  console.log(USAGE);
  process.exit(0);
}

const stop = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.resolve());
const sandbox = await startSandbox(wanted);
for (const [name, value] of Object.entries(sandbox.env)) console.log(`export ${name}='${value}'`);
console.error('\nRunning. Paste the lines above into the shell that starts the hub; end with Ctrl-C.');
await stop.promise;
await sandbox.close();
