import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/** A listening port that can be shut and opened again: to its clients, the server went away and came back. */
export interface Door {
  readonly port: number;
  /** Nobody listens any more, and whoever was inside is thrown out. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Opens one on a free loopback port for a server that does not listen yet. */
export async function openDoor(server: Server): Promise<Door> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    async cut() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: async () => {
      if (!server.listening) await listen(address.port);
    },
  };
}
