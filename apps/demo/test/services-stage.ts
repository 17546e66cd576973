/** The four systems, a door to Twenty that can be shut, and the outside programs' hands: what the services are tried on. */
import { openServices } from '@contact-sync/hub';
import { type Sandbox, startSandbox } from '@contact-sync/sandbox';
import { type ContactOutcome, SYSTEMS, type System } from '@contact-sync/sync';
import { type HttpProxy, openHttpProxy } from '@contact-sync/testkit';
import pg from 'pg';
import { expect } from 'vitest';
import { type Clients, connect } from '../src/clients.ts';
import { type Hands, handsOn } from './people.ts';
import { SILENT } from './services-rig.ts';

export interface Stage {
  readonly sandbox: Sandbox;
  readonly clients: Clients;
  readonly hands: Readonly<Record<System, Hands>>;
  /** To Twenty. */
  readonly door: HttpProxy;
  readonly env: Readonly<Record<string, string>>;
  /** Sees that every system shows this job title of the contact; `null`: no contact. */
  everywhere(id: string, title: string | null): Promise<void>;
  /** How many records somebody asked for that were news. */
  askedFor(): Promise<unknown>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  // The allowance is the real one elsewhere: here it would only make everybody wait.
  const sandbox = await startSandbox({ twentyRequestsPerMinute: 60_000 });
  const door = await openHttpProxy(sandbox.env.TWENTY_URL ?? '');
  const env: Stage['env'] = { ...sandbox.env, TWENTY_URL: door.url };
  const clients = connect(sandbox.env, sandbox.twenty?.userToken ?? '');
  const hands = handsOn({ sandbox, clients });
  await using services = await openServices(env, { log: SILENT });
  for (const { part, error } of await services.install()) if (error) throw new Error(`${part}: ${error.code}`);
  return {
    ...{ sandbox, clients, hands, door, env },
    async everywhere(id, title) {
      for (const system of SYSTEMS) expect([system, await hands[system].shows(id)]).toEqual([system, title]);
    },
    async askedFor() {
      const ledger = new pg.Client({ connectionString: env.LEDGER_URL });
      await ledger.connect();
      const asked = `select count(*) as kept from contact_sync_ledger.inbox where key like 'asked:%'`;
      const { rows } = await ledger.query(asked);
      await ledger.end();
      return rows[0]?.kept;
    },
    async close() {
      await clients.close();
      await door.close();
      await sandbox.close();
    },
  };
}

let serial = 0;
export const unique = (what: string): string => `${what} ${++serial}`;

export const outcomes = ({ systems }: ContactOutcome) =>
  Object.fromEntries(SYSTEMS.map((system) => [system, systems[system].outcome]));

/** What is expected of an edit made there. */
export const allBut = (system: System) =>
  Object.fromEntries(SYSTEMS.map((one) => [one, one === system ? 'in_step' : 'written']));
