import { OutageError, SyncError, ThrottledError, TransientError } from '@contact-sync/sync';
import { expect } from 'vitest';
import { type Bench, named, thrownBy } from './bench.ts';
import type { Register } from './register.ts';
import { can } from './register.ts';
import { promised, type Subject } from './rig.ts';

/** Every method that asks the system, by name. */
async function callsOf(bench: Bench): Promise<Readonly<Record<string, () => Promise<unknown>>>> {
  const { adapter } = bench;
  const known = bench.version(bench.id(), 1);
  await bench.write([known]);
  const version = bench.version(bench.id(), 1);
  return {
    fetch: () => adapter.fetch([bench.recordIdOf(known.contact_id)]),
    changes: () => adapter.changes(null, 10),
    scan: () => adapter.scan(null, 10),
    install: () => adapter.install(),
    write: () => bench.write([version]),
    ...(can(bench.traits, 'acknowledgement') ? { ack: () => adapter.ack(['1']) } : {}),
    ...('heads' in adapter
      ? {
          heads: () => adapter.heads([version.contact_id]),
          history: () => adapter.history([version.contact_id]),
        }
      : {}),
  };
}

export function registerFaults(register: Register): void {
  register(
    'a system that is gone is an outage to every call; health does not throw, and all works again after',
    (bench) => isOutage(bench, bench.rig.faults.outage),
  );

  register('a system that is there and serves nobody is an outage too', (bench) =>
    isOutage(bench, bench.rig.faults.maintenance),
  );

  register(
    'a system that asks to be left alone is throttled, says for how long, and is not down',
    async (bench) => {
      const every = await callsOf(bench);
      const mend = await promised(bench.rig.faults.throttle, 'throttling')();
      try {
        for (const name of ['fetch', 'changes', 'scan', 'write']) {
          const error = await thrownBy(every[name] ?? Promise.resolve);
          expect(error, name).toBeInstanceOf(ThrottledError);
          expect(Reflect.get(Object(error), 'retryAfterMs'), name).toBeGreaterThan(0);
        }
        await bench.adapter.health();
      } finally {
        await mend();
      }
      for (const call of Object.values(every)) await call();
    },
    ['throttling'],
  );

  register(
    'a write whose answer was lost may have been carried out; the next try finds it, and makes nothing twice',
    (bench) => unansweredWrite(bench, promised(bench.rig.faults.loseAnswer, 'lost_answers'), bench.adapter),
    ['lost_answers'],
  );

  register(
    'a write whose answer does not come in time may have been carried out, and is found in the same way',
    (bench) =>
      unansweredWrite(
        bench,
        promised(bench.rig.faults.stallAnswer, 'timeouts'),
        promised(bench.rig.impatient, 'timeouts')(),
      ),
    ['timeouts'],
  );

  register('errors show no key, no password and nothing of a contact', async (bench) => {
    const canary = 'Canary Confidential';
    const { faults, secrets } = bench.rig;
    expect(secrets.length > 0).toBe(can(bench.traits, 'credentials'));
    const content = {
      ...named(canary),
      emails: ['canary@confidential.example'],
      llm_context: { how_met: canary, own: { confidential: canary } },
    };
    const version = bench.version(bench.id(), 1, content);
    const told: unknown[] = [];
    for (const fault of [faults.outage, faults.maintenance, faults.throttle, faults.loseAnswer]) {
      if (fault === undefined) continue;
      const mend = await fault();
      try {
        told.push(await thrownBy(() => bench.write([version])), (await bench.adapter.health()).detail);
      } finally {
        await mend();
      }
    }
    if (faults.spoil !== undefined) {
      const spoiled = await faults.spoil(version);
      const caught = await bench.write([spoiled.version]).catch((error: unknown) => error);
      told.push(...(caught instanceof Map ? caught.values().map((outcome) => outcome.error) : [caught]));
      await spoiled.mend();
    }
    expect(told.filter((error) => error instanceof SyncError).length).toBeGreaterThan(0);
    for (const error of told) {
      const shown = `${shownOf(error)}`.toLowerCase();
      for (const secret of [...secrets, 'canary', 'confidential']) expect(shown).not.toContain(secret.toLowerCase());
    }
    await bench.news();
  });
}

async function isOutage(bench: Bench, fault: () => Promise<() => Promise<void>>): Promise<void> {
  const { adapter } = bench;
  const every = await callsOf(bench);
  const mend = await fault();
  try {
    for (const [name, call] of Object.entries(every)) {
      const error = await thrownBy(call);
      expect(error, name).toBeInstanceOf(OutageError);
      expect(error, name).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
    }
    expect(await adapter.health()).toMatchObject({ ok: false, detail: expect.stringMatching(/\S/) });
  } finally {
    await mend();
  }
  for (const call of Object.values(every)) await call();
  expect(await adapter.health()).toMatchObject({ ok: true, detail: null });
}

/** Of new contacts and known ones, changed and deleted; the adapter hears nothing of the first request. */
async function unansweredWrite(bench: Bench, fault: () => Promise<() => Promise<void>>, adapter: Subject) {
  const ids = bench.ids(6);
  await bench.write(ids.slice(0, 3).map((id) => bench.version(id, 1)));
  await bench.news();
  const versions = ids.map((id, n) => bench.version(id, n < 3 ? 2 : 1, n === 2 ? null : named(`Unanswered ${n}`)));
  const mend = await fault();
  let error: unknown;
  try {
    error = await thrownBy(() => bench.write(versions, adapter));
  } finally {
    await mend();
  }
  expect([TransientError, OutageError].some((kind) => error instanceof kind)).toBe(true);
  // Some of it was carried out: that is what this case is about.
  const carried = await bench.recordsOf(ids);
  expect(carried.length + carried.filter(({ version }) => version === 2).length).toBeGreaterThan(3);
  const outcomes = await bench.writeUntilDone(versions, adapter);
  expect([...outcomes.values()].filter(({ outcome }) => !['applied', 'unchanged'].includes(outcome))).toEqual([]);
  for (const version of versions) await bench.expectStands(version);
  expect(await bench.recordsOf(ids)).toHaveLength(ids.length);
  if ('history' in bench.adapter) expect(await bench.adapter.history(ids)).toHaveLength(9);
  for (const { record } of await bench.news()) {
    const version = versions.find(({ contact_id }) => contact_id === record.contact_id);
    if (version === undefined) throw new Error('an edit that nobody made');
    bench.expectIs(record, version);
  }
}

/** All that a log, a queue or a person may see of it. Causes are for a debugger. */
function shownOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error);
  const { name, message } = error;
  return JSON.stringify([name, message, { ...error, cause: undefined }]);
}
