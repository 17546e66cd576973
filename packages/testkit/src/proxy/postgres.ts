import { connect, createServer, type Socket } from 'node:net';
import { type Door, openDoor } from './door.ts';

export interface PostgresProxy extends Pick<Door, 'cut' | 'mend'> {
  readonly url: string;
  /** The next statement on any connection is carried out and committed, and its connection breaks in place of the answer. */
  loseAnswer(): void;
  close(): Promise<void>;
}

/**
 * First bytes of a query, simple or extended; those of the handshake differ.
 * Source: https://www.postgresql.org/docs/18/protocol-message-formats.html
 */
const QUERY = new Set(['Q', 'P', 'B']);
/** ReadyForQuery, outside of a transaction: whatever was asked has been committed. */
const READY = Buffer.from('Z\u0000\u0000\u0000\u0005I', 'latin1');

/** Stands between a client and a Postgres server. Sees no messages, only their first and last bytes: TLS would hide them. */
export async function openPostgresProxy(target: string): Promise<PostgresProxy> {
  const { hostname, port } = new URL(target);
  let armed = false;
  const server = createServer((inside) => {
    const outside = connect(Number(port), hostname);
    const both: readonly Socket[] = [inside, outside];
    let losing = false;
    let tail = Buffer.alloc(0);
    const end = () => {
      for (const socket of both) socket.destroy();
    };
    for (const socket of both) socket.on('error', () => {}).on('close', end);
    inside.on('data', (chunk: Buffer) => {
      if (armed && QUERY.has(String.fromCharCode(chunk[0] ?? 0))) {
        armed = false;
        losing = true;
      }
      outside.write(chunk);
    });
    outside.on('data', (chunk: Buffer) => {
      if (!losing) {
        inside.write(chunk);
        return;
      }
      tail = Buffer.concat([tail, chunk]).subarray(-READY.length);
      if (tail.equals(READY)) end();
    });
  });
  const door = await openDoor(server);
  return {
    url: Object.assign(new URL(target), { hostname: '127.0.0.1', port: `${door.port}` }).href,
    loseAnswer() {
      armed = true;
    },
    cut: door.cut,
    mend: door.mend,
    close: door.cut,
  };
}
