/** Everything together, by real clients, on each queue backend. Cites the promises of the design by number. */
import { randomUUID } from 'node:crypto';
import { type PermanentError, replay, resolveConflict, sweep } from '@contact-sync/sync';
import { type FoundRedis, findRedis, NO_REDIS } from '@contact-sync/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { audit } from '../src/audit.ts';
import { STORM, weathersAStorm } from './flow-storm.ts';
import { type Running, startRunning } from './running.ts';

const redis: FoundRedis | null = await findRedis();
afterAll(() => redis?.close());
const SOON = { timeout: 20_000, interval: 50 };

describe.each(['Postgres', 'Redis'])('on %s', (backend) => {
  const queueUrl = backend === 'Redis' ? (redis?.url ?? null) : null;
  const skipped = backend === 'Redis' && redis === null;
  // What is decided, and how systems are read and written, is the same whatever the queues are: once is enough.
  const first = backend === 'Postgres';
  let run: Running;
  beforeAll(async () => {
    if (skipped) return;
    // A storm uses up what Twenty grants in a minute, and who comes after it would wait.
    const env = { ECHO_STORM_VERSIONS: String(STORM), TWENTY_REQUESTS_PER_MINUTE: '10000' };
    run = await startRunning(queueUrl, { env, twentyRequestsPerMinute: 10_000 });
  });
  afterAll(() => run?.close());

  const local = (sql: string, ...values: unknown[]) => run.clients.local.query(sql, values);
  const inSupabase = async (id: string, change: object) => {
    const { data, error } = await run.clients.supabase
      .from('contacts')
      .update(change)
      .eq('contact_id', id)
      .select('id');
    expect(error).toBeNull();
    expect(data).toHaveLength(1);
  };
  const personOf = (id: string) => {
    const person = run.sandbox.twenty?.people().find((one) => one.contactId === id);
    if (person === undefined) throw new Error('Twenty has no such person');
    return person;
  };
  const inTwenty = (id: string, change: object) => run.clients.twenty('PATCH', `/people/${personOf(id).id}`, change);
  const inBigQuery = (id: string, change: object) =>
    run.clients.bigquery(`CALL \`contacts.edit_contact\`(${id}, PARSE_JSON(@edit), 'ann@example.com')`, {
      edit: JSON.stringify(change),
    });
  /** Two edits of which neither system knows the other's. */
  const atOnce = async (sql: string, values: unknown[], meanwhile: () => Promise<unknown>) => {
    await run.clients.local.transaction(async (query) => {
      await query(sql, values);
      await meanwhile();
    });
  };
  const versionsOf = (id: string) =>
    run.clients.bigquery(`SELECT change_id, status, job_title FROM contacts.contact_versions WHERE contact_id = ${id}`);

  it.skipIf(skipped)(`needs a backend${skipped ? `: ${NO_REDIS}` : ''}`, () => {
    expect(run.hub().backend.kind).toBe(backend.toLowerCase());
  });

  it.skipIf(skipped)(
    'carries an edit made in any system to the three others (I3), as one version each (I4)',
    async () => {
      const id = await run.born({ canonical_name: 'Zoë 王 🦊', category_code: 'B', organization: 'Köhler & Söhne' });
      await local('update contacts set job_title = $2 where contact_id = $1', id, 'by local');
      await run.settled(id, 'by local');
      await inSupabase(id, { job_title: 'by supabase' });
      await run.settled(id, 'by supabase');
      await inTwenty(id, { jobTitle: 'by twenty' });
      await run.settled(id, 'by twenty');
      await inBigQuery(id, { job_title: 'by bigquery' });
      const { head } = await run.settled(id, 'by bigquery');
      expect(head).toMatchObject({ version: 5, content: { organization: 'Köhler & Söhne', category_code: 'B' } });
      expect(await audit(run.clients)).toMatchObject({ contacts: 1, equal: 1 });
      expect(new Set((await versionsOf(id)).map(({ change_id }) => change_id)).size).toBe(5);
      const { rows } = await local('select count(*)::int as left from contact_sync.outbox');
      expect(rows).toEqual([{ left: 0 }]);
    },
  );

  it.skipIf(!first)('decides between two edits for the later one, and keeps the other in the history', async () => {
    const id = await run.born({ canonical_name: 'Two Edits' });
    await atOnce('update contacts set job_title = $2 where contact_id = $1', [id, 'earlier'], () =>
      inSupabase(id, { job_title: 'later' }),
    );
    await run.settled(id, 'later');
    expect((await versionsOf(id)).map(({ job_title }) => job_title)).toContain('earlier');
  });

  it.skipIf(skipped)(
    'leaves an exact tie to a person, shows it once, and carries the choice everywhere (I5)',
    async () => {
      const id = await run.born({ canonical_name: 'A Tie' });
      const moment = new Date().toISOString();
      await atOnce(
        'update contacts set job_title = $2, last_updated = $3 where contact_id = $1',
        [id, 'one', moment],
        () => inSupabase(id, { job_title: 'two', last_updated: moment }),
      );
      const { parts } = run.hub();
      const conflict = await vi.waitFor(async () => {
        const [open] = await parts.ledger.conflicts();
        if (open === undefined) throw new Error('no conflict yet');
        return open;
      }, SOON);
      expect(conflict.candidates.map(({ content }) => content?.job_title).toSorted()).toEqual(['one', 'two']);
      await vi.waitFor(async () => expect((await parts.queues.counts()).conflicts.waiting).toBe(1), SOON);
      const [job] = await run.hub().queues.bull('conflicts').getJobs(['waiting']);
      expect(job?.data).toEqual({ conflict_id: conflict.conflict_id, contact_id: id });
      const chosen = conflict.candidates.find(({ content }) => content?.job_title === 'two');
      if (chosen === undefined) throw new Error('a candidate is missing');
      await resolveConflict(parts, conflict.conflict_id, { candidate: chosen.content_hash }, 'operator');
      await run.settled(id, 'two');
      expect((await parts.queues.counts()).conflicts.waiting).toBe(0);
      await expect(
        resolveConflict(parts, conflict.conflict_id, { candidate: chosen.content_hash }, 'operator'),
      ).rejects.toMatchObject({ code: 'CONFLICT_CLOSED' } satisfies Partial<PermanentError>);
      const events = await run.clients.bigquery(
        `SELECT event FROM contacts.sync_conflicts WHERE contact_id = ${id} ORDER BY sequence`,
      );
      expect(events.map(({ event }) => event)).toEqual(['opened', 'resolved']);
    },
  );

  it.skipIf(skipped)(
    'waits for a system that is down without spending attempts, and serves the others (I7)',
    async () => {
      const id = await run.born({ canonical_name: 'Twenty Sleeps' });
      run.sandbox.twenty?.setDown(true);
      await local('update contacts set job_title = $2 where contact_id = $1', id, 'meanwhile');
      await vi.waitFor(async () => {
        const { data } = await run.clients.supabase.from('contacts').select('job_title').eq('contact_id', id).single();
        expect(data).toEqual({ job_title: 'meanwhile' });
      }, SOON);
      expect((await run.state(id)).held.twenty?.version).toBe(1);
      run.sandbox.twenty?.setDown(false);
      await run.settled(id, 'meanwhile');
      const jobs = await run.hub().queues.bull('propagate-twenty').getJobs(['completed', 'failed']);
      expect(jobs.flatMap(({ failedReason }) => failedReason ?? [])).toEqual([]);
    },
  );

  it.skipIf(skipped)('lets no target hear what BigQuery has not, and loses nothing meanwhile', async () => {
    const id = await run.born({ canonical_name: 'BigQuery Sleeps' });
    run.sandbox.bigquery?.setDown(true);
    await local('update contacts set job_title = $2 where contact_id = $1', id, 'canonical first');
    await vi.waitFor(async () => expect((await run.state(id)).head?.version).toBe(2), SOON);
    expect((await run.state(id)).held.supabase?.version).toBe(1);
    run.sandbox.bigquery?.setDown(false);
    await run.settled(id, 'canonical first');
  });

  it.skipIf(skipped)(
    'dead-letters what is no contact, and replays it once it was corrected: twice changes nothing (I9)',
    async () => {
      const { parts } = run.hub();
      const { rows: born } = await local(
        `insert into contacts (canonical_name, category_code) values ('Nemo', 'Q') returning id`,
      );
      const row = String(born[0]?.id);
      const letter = await vi.waitFor(async () => {
        const [open] = await parts.ledger.deadLetters();
        if (open === undefined) throw new Error('no dead letter yet');
        return open;
      }, SOON);
      expect(letter).toMatchObject({
        queue: 'ingest',
        code: 'INVALID_CATEGORY',
        field: 'category_code',
        key: row,
      });
      await vi.waitFor(async () => expect((await parts.queues.counts())['ingest-dead'].waiting).toBe(1), SOON);
      const [job] = await run.hub().queues.bull('ingest-dead').getJobs(['waiting']);
      expect(JSON.stringify(job)).not.toContain('Nemo');

      expect(await replay(parts, null, 'test')).toMatchObject([{ result: 'failed' }]);
      await local(`update contacts set category_code = 'C', job_title = 'mended' where id = $1`, row);
      await run.settled(await run.named(row), 'mended');
      expect(await replay(parts, [letter.dead_letter_id], 'test')).toMatchObject([{ result: 'superseded' }]);
      expect(await replay(parts, [letter.dead_letter_id], 'test')).toEqual([]);
      expect((await parts.queues.counts())['ingest-dead'].waiting).toBe(0);
    },
  );

  it.skipIf(!first)('leaves a dead letter as it is while its system cannot be read', async () => {
    const { parts } = run.hub();
    const { supabase } = run.clients;
    const { data } = await supabase
      .from('contacts')
      .insert({ canonical_name: 'Away', category_code: 'Q' })
      .select('id')
      .single();
    const letter = await vi.waitFor(async () => {
      const [open] = await parts.ledger.deadLetters();
      if (open === undefined) throw new Error('no dead letter yet');
      return open;
    }, SOON);
    run.sandbox.supabase?.setDown(true);
    expect(await replay(parts, null, 'test')).toMatchObject([{ result: 'failed', code: 'SUPABASE_UNAVAILABLE' }]);
    expect(await parts.ledger.deadLetters()).toMatchObject([{ dead_letter_id: letter.dead_letter_id }]);
    run.sandbox.supabase?.setDown(false);
    await supabase.from('contacts').update({ category_code: 'C' }).eq('id', data?.id);
    await vi.waitFor(async () => {
      expect(await replay(parts, null, 'test')).toMatchObject([
        { result: expect.stringMatching(/applied|superseded/) },
      ]);
    }, SOON);
  });

  it.skipIf(!first)('reads the record anew when it replays an edit that Twenty told of', async () => {
    const { parts } = run.hub();
    const id = await run.born({ canonical_name: 'Told By Twenty' });
    await inTwenty(id, { categoryCode: 'B', subcategoryCode: 'A1' });
    const letter = await vi.waitFor(async () => {
      const [open] = await parts.ledger.deadLetters();
      if (open === undefined) throw new Error('no dead letter yet');
      return open;
    }, SOON);
    expect(letter).toMatchObject({ system: 'twenty', contact_id: id, code: 'INVALID_SUBCATEGORY' });
    await inTwenty(id, { subcategoryCode: 'B1', jobTitle: 'corrected' });
    await run.settled(id, 'corrected');
    expect(await replay(parts, [letter.dead_letter_id], 'test')).toMatchObject([{ result: 'superseded' }]);
    expect(await parts.ledger.deadLetters()).toEqual([]);
  });

  it.skipIf(skipped)('dead-letters what one target refuses, until a newer version may go there', async () => {
    const { parts } = run.hub();
    const email = `${randomUUID()}@example.com`;
    const [first, second] = [
      await run.born({ canonical_name: 'Has It' }),
      await run.born({ canonical_name: 'Wants It' }),
    ];
    const emails = (id: string, value: string) =>
      local(
        'update contacts set emails = $2, job_title = $3 where contact_id = $1',
        id,
        JSON.stringify([value]),
        value,
      );
    await emails(first, email);
    await run.settled(first, email);
    await emails(second, email);
    const letter = await vi.waitFor(async () => {
      const [open] = await parts.ledger.deadLetters({ queue: 'propagate-twenty' });
      if (open === undefined) throw new Error('no dead letter yet');
      return open;
    }, SOON);
    expect(letter).toMatchObject({ contact_id: second, version: 2, code: 'TWENTY_EMAIL_TAKEN' });
    expect(await replay(parts, [letter.dead_letter_id], 'test')).toMatchObject([{ result: 'failed' }]);
    expect(await parts.ledger.deadLetters({ queue: 'propagate-twenty' })).toHaveLength(1);
    await vi.waitFor(async () => {
      // The worker may have shown the first letter only after its replay.
      await sweep(parts, { grace_ms: 60_000 });
      expect((await parts.queues.counts())['propagate-twenty-dead'].waiting).toBe(1);
    }, SOON);
    await emails(second, `other-${email}`);
    await run.settled(second, `other-${email}`);
    expect(await parts.ledger.deadLetters({ queue: 'propagate-twenty' })).toEqual([]);
    await vi.waitFor(async () => expect((await parts.queues.counts())['propagate-twenty-dead'].waiting).toBe(0), SOON);
  });

  it.skipIf(skipped)('replays at once what had to wait for another replay (I9)', async () => {
    const [wanted, taken] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
    const withEmail = async (name: string, email: string) => {
      const sql = `insert into contacts (canonical_name, job_title, emails) values ($1, 'new', $2) returning id`;
      const { rows } = await local(sql, name, JSON.stringify([email]));
      return run.named(String(rows[0]?.id));
    };
    const letters = async (count: number) =>
      vi.waitFor(async () => expect(await run.hub().parts.ledger.deadLetters()).toHaveLength(count), SOON);
    const [holder, other] = [await withEmail('Holder', wanted), await withEmail('Other', taken)];
    for (const id of [holder, other]) await run.settled(id, 'new');
    const second = await withEmail('Second', wanted);
    await letters(1);
    await local('update contacts set emails = $2 where contact_id = $1', holder, JSON.stringify([taken]));
    await letters(2);
    await inTwenty(other, { jobTitle: 'without', emails: { primaryEmail: '', additionalEmails: [] } });
    await run.settled(other, 'without');
    const replayed = await replay(run.hub().parts, null, 'ann');
    expect(replayed.map(({ result }) => result)).toEqual(['applied', 'applied']);
    expect(await run.hub().parts.ledger.deadLetters()).toEqual([]);
    expect([personOf(holder).emails, personOf(second).emails]).toMatchObject([
      { primaryEmail: taken },
      { primaryEmail: wanted },
    ]);
    expect(await replay(run.hub().parts, null, 'ann')).toEqual([]);
  });

  it.skipIf(skipped)('loses nothing when the queues are emptied: the sweeper knows what is pending (I11)', async () => {
    const id = await run.born({ canonical_name: 'Lost Queue' });
    run.sandbox.twenty?.setDown(true);
    await local('update contacts set job_title = $2 where contact_id = $1', id, 'never told');
    await vi.waitFor(async () => expect((await run.state(id)).held.supabase?.version).toBe(2), SOON);
    for (const name of ['ingest', 'propagate-twenty'] as const)
      await run.hub().queues.bull(name).obliterate({ force: true });
    run.sandbox.twenty?.setDown(false);
    await vi.waitFor(async () => {
      await sweep(run.hub().parts, { grace_ms: 0 });
      expect((await run.state(id)).held.twenty?.version).toBe(2);
    }, SOON);
  });

  it.skipIf(skipped)('hears of edits made while it was stopped, webhooks that nobody heard among them', async () => {
    const [mine, theirs] = [
      await run.born({ canonical_name: 'While Stopped' }),
      await run.born({ canonical_name: 'In Twenty' }),
    ];
    await run.stop();
    await local('update contacts set job_title = $2 where contact_id = $1', mine, 'made meanwhile');
    await inTwenty(theirs, { jobTitle: 'nobody listened' });
    await run.start();
    await run.settled(mine, 'made meanwhile');
    await run.settled(theirs, 'nobody listened');
  });

  it.skipIf(!first)('hears of an edit in Twenty before it writes there, though the webhook was lost', async () => {
    const id = await run.born({ canonical_name: 'Unheard' });
    run.sandbox.twenty?.dropWebhooks(1);
    await inTwenty(id, { jobTitle: 'unheard' });
    await local('update contacts set job_title = $2 where contact_id = $1', id, 'written over');
    await run.settled(id, 'written over');
    expect(await versionsOf(id)).toContainEqual(
      expect.objectContaining({ status: 'superseded', job_title: 'unheard' }),
    );
  });

  it.skipIf(!first)('heals Twenty after a stalled worker wrote an old version there late (I2)', async () => {
    const id = await run.born({ canonical_name: 'Zombie', job_title: 'old' });
    await local('update contacts set job_title = $2 where contact_id = $1', id, 'newer');
    const before = await run.settled(id, 'newer');
    const { url, apiKey } = run.sandbox.twenty ?? {};
    await fetch(`${url}/rest/people/${personOf(id).id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ jobTitle: 'old', syncVersion: 1 }),
    });
    await vi.waitFor(() => expect(personOf(id)).toMatchObject({ jobTitle: 'newer', syncVersion: 2 }), SOON);
    const after = await run.settled(id, 'newer');
    expect(after.versions.length).toBe(before.versions.length);
  });

  // The ledger brakes, whatever the queues are: once is enough.
  it.skipIf(backend !== 'Postgres')(
    'brakes an echo storm, slows nobody else by it (I7), and settles once one of the two stops',
    () => weathersAStorm(run),
  );

  it.skipIf(!first)('names a contact that was born in Twenty, and brings it everywhere', async () => {
    const email = `${randomUUID()}@example.com`;
    await run.clients.twenty('POST', '/people', {
      name: { firstName: 'Born', lastName: 'Elsewhere' },
      emails: { primaryEmail: email },
      jobTitle: 'native',
    });
    const id = await vi.waitFor(() => {
      const person = run.sandbox.twenty?.people().find((one) => JSON.stringify(one.emails).includes(email));
      if (!person?.contactId) throw new Error('not named yet');
      return String(person.contactId);
    }, SOON);
    const { head } = await run.settled(id, 'native');
    expect(head?.content).toMatchObject({ canonical_name: 'Born Elsewhere', emails: [email] });
  });

  it.skipIf(skipped)(
    'deletes everywhere what was deleted in one system, and a stale write does not revive it (I10)',
    async () => {
      const id = await run.born({ canonical_name: 'Gone' });
      await local('delete from contacts where contact_id = $1', id);
      await vi.waitFor(async () => {
        const { head, held } = await run.state(id);
        expect(head?.content).toBeNull();
        expect([held.supabase?.version, held.twenty?.version]).toEqual([2, 2]);
      }, SOON);
      expect(personOf(id).deletedAt).not.toBeNull();
      const { data } = await run.clients.supabase.from('contacts').select('deleted_at').eq('contact_id', id).single();
      expect(data?.deleted_at).not.toBeNull();
      expect(await run.clients.bigquery(`SELECT contact_id FROM contacts.contacts WHERE contact_id = ${id}`)).toEqual(
        [],
      );
    },
  );

  it.skipIf(skipped)('holds equal content everywhere in the end, with nothing pending (I3, I6)', async () => {
    await vi.waitFor(async () => {
      const found = await audit(run.clients);
      expect(found.differences).toEqual([]);
      const { systems, conflicts, dead_letters } = await run.hub().parts.ledger.status();
      expect({ conflicts, dead_letters }).toEqual({ conflicts: 0, dead_letters: 0 });
      expect(systems.map(({ pending, inbox }) => pending + inbox)).toEqual([0, 0, 0, 0]);
    }, SOON);
  });
});
