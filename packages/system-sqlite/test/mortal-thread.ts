/** The adapter's thread, but for a call that it does not survive. */
import { parentPort } from 'node:worker_threads';

if (parentPort === null) throw new Error('this file runs as a thread');
const port = parentPort;
const listen = port.on.bind(port);
Object.assign(port, {
  on: (event: 'message', listener: (call: unknown) => void) =>
    listen(event, (call: { readonly args: { readonly ids?: string } }) => {
      if (call.args.ids === '["die"]') process.exit(1);
      listener(call);
    }),
});
await import('../src/thread.ts');
