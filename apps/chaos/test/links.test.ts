import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openTcpLink, type TcpLink } from '../src/links/tcp.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server that answers every chunk with the same, behind a link. */
async function echoing(): Promise<{ readonly link: TcpLink; readonly port: number; readonly received: string[] }> {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received.push(String(chunk));
      socket.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  const link = await openTcpLink(port);
  open.push(() => link.close());
  return { link, port, received };
}

async function client({ port }: Pick<TcpLink, 'port'>): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  open.push(async () => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function says(socket: Socket, words: string): Promise<string> {
  socket.write(words);
  const [answer]: unknown[] = await once(socket, 'data');
  return String(answer);
}

/** However it comes to it. */
const closing = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));

/** All that it is told from now on. */
function heard(socket: Socket): readonly string[] {
  const words: string[] = [];
  socket.on('data', (chunk) => words.push(String(chunk)));
  return words;
}

describe('a link', () => {
  it('hands on what is said, and what is answered', async () => {
    const { link } = await echoing();
    expect(await says(await client(link), 'hello')).toBe('hello');
  });

  it('that is cut breaks connections, and new ones, until it is mended', async () => {
    const { link } = await echoing();
    const socket = await client(link);
    await says(socket, 'hello');
    const closed = closing(socket);
    link.spoil('cut');
    await closed;
    const refused = connect(link.port, '127.0.0.1').on('error', () => {});
    await closing(refused);
    link.spoil(null);
    expect(await says(await client(link), 'again')).toBe('again');
    expect(link.touched()).toBeGreaterThan(1);
  });

  it('that stands still delivers everything when it goes on', async () => {
    const { link, port, received } = await echoing();
    const socket = await client(link);
    await says(socket, 'hello');
    link.spoil('pause');
    socket.write('late');
    // Whoever goes round the link and comes later is answered meanwhile.
    expect(await says(await client({ port }), 'direct')).toBe('direct');
    expect(received).toEqual(['hello', 'direct']);
    const answer = once(socket, 'data');
    link.spoil(null);
    expect(String((await answer)[0])).toBe('late');
  });

  it('that is half open swallows what is said, and breaks when it is mended', async () => {
    const { link, received } = await echoing();
    const socket = await client(link);
    await says(socket, 'hello');
    link.spoil('half-open');
    const words = heard(socket);
    const before = link.touched();
    socket.write('into the void');
    await expect.poll(() => link.touched()).toBe(before + 1);
    expect(words).toEqual([]);
    expect(socket.destroyed).toBe(false);
    const closed = closing(socket);
    link.spoil(null);
    await closed;
    expect(received).toEqual(['hello']);
  });

  it('loses the answer to a request that was carried out', async () => {
    const { link, received } = await echoing();
    const socket = await client(link);
    const { promise: lost, resolve: onLost } = Promise.withResolvers<void>();
    link.lose({ asks: (chunk) => chunk.includes('write'), onLost });
    expect(await says(socket, 'read')).toBe('read');
    const words = heard(socket);
    socket.write('write');
    await lost;
    expect(received).toEqual(['read', 'write']);
    expect(words).toEqual([]);
  });
});
