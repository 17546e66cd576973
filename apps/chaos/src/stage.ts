import type { WriteStream } from 'node:fs';
import type { Sandbox } from '@contact-sync/sandbox';
import type { OwnRedis } from '@contact-sync/testkit';
import type pg from 'pg';
import type { Member } from './fleet.ts';
import type { Links } from './links/links.ts';
import type { TcpLink } from './links/tcp.ts';
import type { Arm } from './points.ts';
import type { Chance } from './seeded.ts';
import type { Tally } from './tally.ts';
import type { Desk } from './writers/desk.ts';

export type BackendKind = 'redis' | 'postgres';

/** Everything that the lanes of a run work with. */
export interface Stage {
  readonly backend: BackendKind;
  readonly sandbox: Sandbox;
  /** `null` where the queues live in Postgres. */
  readonly redis: OwnRedis | null;
  /** Directly, past every proxy. */
  readonly queue: pg.Pool | null;
  readonly ledger: pg.Pool;
  readonly workers: readonly Member[];
  readonly server: Member;
  /** The network of whoever decides conflicts and replays dead letters. */
  readonly person: Links;
  /** From the systems to the hub's server. */
  readonly webhooks: TcpLink;
  readonly desk: Desk;
  readonly tally: Tally;
  readonly chance: Chance;
  readonly log: WriteStream;
  /** Ends when the time of the faults is over. */
  readonly signal: AbortSignal;
  /** Ends before that: from then on only what was never injected is, and everything else may recover. */
  readonly late: AbortSignal;
  /** Letters' points that have not fired yet. */
  readonly standing: Map<string, Arm>;
}
