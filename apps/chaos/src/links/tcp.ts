/** A TCP proxy whose network can be spoiled. It sees bytes, no protocol. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * `cut`: connections break, new ones break at once. `slow`: every chunk comes late. `pause`: nothing moves, and all of it
 * comes when the fault is over. `half-open`: the other side is gone and nobody said so; in the end the connection breaks.
 */
export const NETWORK_FAULTS = ['cut', 'slow', 'pause', 'half-open'] as const;
export type NetworkFault = (typeof NETWORK_FAULTS)[number];

/** The answer to one request is to be lost: `asks` knows the request by its bytes. */
export interface Loss {
  asks(chunk: Buffer): boolean;
  /** The request was carried out, and its answer is not handed on. */
  onLost(): void;
}

export interface TcpLink {
  readonly port: number;
  spoil(fault: NetworkFault | null): void;
  /** How many connections and chunks the faults have met. */
  touched(): number;
  lose(loss: Loss | null): void;
  close(): Promise<void>;
}

/** After the first bytes of an answer the rest of it, and what the server does meanwhile. */
const ANSWERED_MS = 100;
const SLOW_MS = 120;

interface Pair {
  readonly inside: Socket;
  readonly outside: Socket;
  /** Its other side is gone without a word. */
  dead: boolean;
  /** Its answer is being lost. */
  losing: boolean;
}

/** @param target the server's port on 127.0.0.1 */
export async function openTcpLink(target: number): Promise<TcpLink> {
  const pairs = new Set<Pair>();
  let fault: NetworkFault | null = null;
  let loss: Loss | null = null;
  let touched = 0;

  const breakOff = ({ inside, outside }: Pair) => {
    inside.resetAndDestroy();
    outside.destroy();
  };
  const beDead = (pair: Pair) => {
    pair.dead = true;
    pair.outside.destroy();
  };
  const server = createServer((inside) => {
    inside.on('error', () => {});
    if (fault === 'cut') {
      touched++;
      inside.resetAndDestroy();
      return;
    }
    const outside = connect(target, '127.0.0.1');
    const pair: Pair = { inside, outside, dead: false, losing: false };
    pairs.add(pair);
    const gone = () => {
      if (pair.dead && !inside.destroyed) return;
      pairs.delete(pair);
      inside.destroy();
      outside.destroy();
    };
    inside.on('close', () => {
      pair.dead = false;
      gone();
    });
    outside.on('error', () => {}).on('close', gone);
    for (const socket of [inside, outside]) socket.setNoDelay(true);
    pump(pair, inside, outside, true);
    pump(pair, outside, inside, false);
    if (fault === 'pause') hold(pair);
    if (fault === 'half-open') beDead(pair);
    if (fault !== null) touched++;
  });

  /** In order, however late. */
  function pump(pair: Pair, from: Socket, to: Socket, request: boolean): void {
    let before: Promise<unknown> | null = null;
    from.on('data', (chunk: Buffer) => {
      if (pair.dead) {
        touched++;
        return;
      }
      if (request && loss?.asks(chunk)) {
        const { onLost } = loss;
        loss = null;
        pair.losing = true;
        pair.outside.once('data', () => setTimeout(onLost, ANSWERED_MS));
      }
      if (!request && pair.losing) return;
      if (fault === 'slow') touched++;
      if (fault !== 'slow' && before === null) {
        to.write(chunk);
        return;
      }
      const mine = (before ?? Promise.resolve())
        .then(() => (fault === 'slow' ? pause(SLOW_MS) : undefined))
        .then(() => {
          if (!to.destroyed) to.write(chunk);
          if (before === mine) before = null;
        });
      before = mine;
    });
  }

  const hold = ({ inside, outside }: Pair) => {
    inside.pause();
    outside.pause();
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    touched: () => touched,
    lose(next) {
      loss = next;
    },
    spoil(next) {
      const before = fault;
      fault = next;
      for (const pair of pairs) {
        if (before === 'pause') {
          pair.inside.resume();
          pair.outside.resume();
        }
        if (before === 'half-open' && pair.dead) breakOff(pair);
        if (next === 'cut') breakOff(pair);
        if (next === 'pause') hold(pair);
        if (next === 'half-open') beDead(pair);
        if (next !== null && next !== 'slow') touched++;
      }
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const pair of pairs) {
        pair.inside.destroy();
        pair.outside.destroy();
      }
      await closed;
    },
  };
}
