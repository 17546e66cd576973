/** Whatever is done to a contact in any of the systems, the others follow: with the local database of either kind. */
import { compareIds, ingest, SYSTEMS, type System, sweep } from '@contact-sync/sync';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { audit } from '../src/audit.ts';
import { type Hands, handsOn } from './people.ts';
import { type Running, startRunning } from './running.ts';

const SOON = { timeout: 20_000, interval: 50 };
const BORN_IN = ['local', 'supabase', 'twenty', 'bigquery'] as const satisfies readonly System[];
const DESTROYED_IN = ['local', 'supabase', 'twenty'] as const satisfies readonly System[];

export const describeSystems = (kind: 'postgres' | 'sqlite') =>
  describe(`with the local database in ${kind}`, () => {
    let run: Running;
    let hands: Readonly<Record<System, Hands>>;
    let serial = 0;
    beforeAll(async () => {
      run = await startRunning(null, {
        local: kind,
        // The allowance is the real one elsewhere: here it would only make everybody wait.
        twentyRequestsPerMinute: 6_000,
        env: { TWENTY_COMPARE_MS: '2000' },
      });
      hands = handsOn(run);
    });
    afterAll(() => run?.close());

    /** Every system shows this of the contact. Asked one after the other, cheapest first, since it is asked often. */
    const everywhere = (id: string, title: string | null) =>
      vi.waitFor(async () => {
        for (const system of ['twenty', 'local', 'supabase', 'bigquery'] as const)
          expect([system, await hands[system].shows(id)]).toEqual([system, title]);
      }, SOON);
    const unique = (what: string) => `${what} ${++serial}`;
    const born = async (system: System = 'local') => {
      const title = unique('new');
      const id = await (await hands[system].create(unique('Ada Contact'), title)).contactId();
      await everywhere(id, title);
      return id;
    };
    /** Only what the tables say: no head, no event. */
    const versionsOf = async (id: string) =>
      run.clients.bigquery(
        `SELECT version, status, deleted, job_title FROM contacts.contact_versions WHERE contact_id = ${id}`,
      );

    it.each(BORN_IN)('a contact born in %s gets an id, written back, and a link everywhere', async (system) => {
      const title = unique('born');
      const { record_id, contactId } = await hands[system].create(unique('Born Here'), title);
      const id = await contactId();
      await everywhere(id, title);
      await vi.waitFor(async () => {
        const { links } = await run.state(id);
        expect(Object.keys(links).sort()).toEqual(expect.arrayContaining(['local', 'supabase', 'twenty']));
        expect(links[system]).toBe(record_id);
      }, SOON);
      expect(await versionsOf(id)).toHaveLength(1);
    });

    it.each(SYSTEMS)(
      'what is deleted in %s is deleted everywhere, and taken back there lives everywhere',
      async (system) => {
        const id = await born();
        await hands[system].remove(id);
        await everywhere(id, null);
        const title = unique('revived');
        await hands[system].revive(id, title);
        await everywhere(id, title);
        const versions = await versionsOf(id);
        expect(versions.filter(({ deleted }) => deleted)).toHaveLength(1);
        expect((await run.state(id)).head?.content).not.toBeNull();
      },
    );

    it.each(DESTROYED_IN)(
      'what is removed for good in %s is deleted everywhere, and revived by a newer edit',
      async (system) => {
        const id = await born();
        await hands[system].destroy?.(id);
        await everywhere(id, null);
        const title = unique('back');
        await hands.bigquery.revive(id, title);
        await everywhere(id, title);
      },
    );

    it('never hard-deletes a person in Twenty', async () => {
      const id = await born();
      await hands.local.destroy?.(id);
      await everywhere(id, null);
      expect(run.sandbox.twenty?.people().find(({ contactId }) => contactId === id)?.deletedAt).toBeTruthy();
    });

    it('finds by its id what was destroyed in Twenty while nobody listened', async () => {
      const id = await born();
      run.sandbox.twenty?.dropWebhooks(1);
      await hands.twenty.destroy?.(id);
      const other = await born();
      // The worker does so by itself, every so often.
      await everywhere(id, null);
      expect(await hands.local.shows(other)).not.toBeNull();
      expect((await compareIds(run.hub().parts, 'twenty'))?.missing).toEqual([]);
    });

    it('lets no stale update revive what was deleted, and keeps it in the history (I10)', async () => {
      const id = await born();
      const late = new pg.Client({ connectionString: run.sandbox.env.SUPABASE_DB_URL });
      await late.connect();
      try {
        // Made first, and seen by nobody before the deletion is decided over.
        await late.query('begin');
        await late.query(`update contacts set job_title = 'stale' where contact_id = $1`, [id]);
        await hands.local.edit(id, unique('newer'));
        await hands.local.edit(id, unique('newest'));
        await hands.local.destroy?.(id);
        await vi.waitFor(async () => expect((await run.state(id)).head?.content).toBeNull(), SOON);
        await late.query('commit');
      } finally {
        await late.end();
      }
      await everywhere(id, null);
      await vi.waitFor(async () => {
        const stale = (await versionsOf(id)).filter(({ job_title }) => job_title === 'stale');
        expect(stale.map(({ status }) => status)).toEqual(['superseded']);
      }, SOON);
      await everywhere(id, null);
    });

    it('lets an edit that is newer than the deletion revive the contact, on purpose', async () => {
      const id = await born();
      await run.stop();
      await hands.local.destroy?.(id);
      const title = unique('after the deletion');
      await hands.supabase.edit(id, title);
      await run.start();
      await everywhere(id, title);
    });

    it('keeps what a user in Twenty has set back at once, before the edit came back numbered', async () => {
      const id = await born();
      const before = await hands.twenty.shows(id);
      await hands.twenty.edit(id, unique('typo'));
      await hands.twenty.edit(id, before ?? '');
      await vi.waitFor(async () => expect((await run.state(id)).head?.version).toBeGreaterThan(1), SOON);
      await everywhere(id, before);
    });

    it('shows later edits in BigQuery too, after edits there that changed nothing (I3)', async () => {
      const id = await born();
      const before = (await hands.bigquery.shows(id)) ?? '';
      const { head } = await run.state(id);
      for (let time = 0; time < 2; time++) await hands.bigquery.edit(id, before);
      await vi.waitFor(async () => expect((await run.state(id)).head?.version).toBe((head?.version ?? 0) + 2), SOON);
      // An edit made where these are not yet known would be older than they are.
      await run.settled(id, before);
      const title = unique('later');
      await hands.local.edit(id, title);
      await everywhere(id, title);
    });

    it('keeps what a user in Twenty has deleted and restored at once', async () => {
      const id = await born();
      const before = await hands.twenty.shows(id);
      await hands.twenty.remove(id);
      // Twenty's times have milliseconds: what is taken back within the same one looks as if nothing had happened.
      const removed = Date.now();
      await vi.waitUntil(() => Date.now() > removed, { interval: 1 });
      const filter = encodeURIComponent(`contactId[eq]:"${id}"`);
      await run.clients.twenty('PATCH', `/restore/people?filter=${filter}`);
      await vi.waitFor(async () => expect((await run.state(id)).head?.version).toBeGreaterThan(1), SOON);
      await everywhere(id, before);
    });

    it.each(['', '4611686018427387905'])(
      'sets a contactId right that a user in Twenty changed to “%s”',
      async (wrong) => {
        const id = await born();
        const { versions, links } = await run.state(id);
        await run.clients.twenty('PATCH', `/people/${links.twenty}`, { contactId: wrong });
        await vi.waitFor(() => {
          const person = run.sandbox.twenty?.people().find((one) => one.id === links.twenty);
          expect(person?.contactId).toBe(id);
        }, SOON);
        expect((await run.state(id)).versions).toHaveLength(versions.length);
      },
    );

    it('makes one contact of one new record, however many notifications race for it', async () => {
      const title = unique('raced');
      const { record_id, contactId } = await hands.supabase.create(unique('Raced For'), title);
      const { parts } = run.hub();
      await Promise.all(
        Array.from({ length: 8 }, () => ingest(parts, { system: 'supabase', record_ids: [record_id] })),
      );
      await everywhere(await contactId(), title);
      const rows = await run.clients.bigquery(
        `SELECT contact_id FROM contacts.contact_versions WHERE job_title = '${title}'`,
      );
      expect(rows).toHaveLength(1);
    });

    it('parks a second record that claims a contact of another, and says what to do', async () => {
      const id = await born();
      const { twenty } = run.clients;
      const person = (await run.state(id)).links.twenty;
      await run.stop();
      await twenty('PATCH', `/people/${person}`, { contactId: '' });
      await twenty('POST', '/people', { name: { firstName: 'Second', lastName: 'Claim' }, contactId: id });
      await run.start();
      const letter = await vi.waitFor(async () => {
        // Whoever sets the contactId of the first right may find the second before it is parked: another letter, which
        // the next version that arrives closes.
        const open = await run.hub().parts.ledger.deadLetters();
        const parked = open.find(({ code }) => code === 'DUPLICATE_RECORD');
        if (parked === undefined) throw new Error('no dead letter yet');
        return parked;
      }, SOON);
      expect(letter).toMatchObject({ system: 'twenty', contact_id: id });
      expect(letter.advice).not.toBe('');
      // A person mends it as the advice says.
      await twenty('DELETE', `/people/${letter.key}`);
      await run.hub().parts.ledger.closeDeadLetters([letter.dead_letter_id], 'discarded', 'test');
      const title = unique('mended');
      await hands.local.edit(id, title);
      await everywhere(id, title);
      // Whoever was reading the record meanwhile may have parked it once more: the sweeper sees that it is gone.
      await vi.waitFor(async () => {
        await sweep(run.hub().parts, { grace_ms: 60_000 });
        expect(await run.hub().parts.ledger.deadLetters()).toEqual([]);
      }, SOON);
    });

    it('after an outage of the hub everything that happened meanwhile arrives, wherever it happened', async () => {
      const [edited, gone, unheard, tug] = [await born(), await born(), await born(), await born()];
      await run.stop();
      const titles = Object.fromEntries(BORN_IN.map((system) => [system, unique(`during in ${system}`)]));
      const created = await Promise.all(
        BORN_IN.map(async (system) => ({
          system,
          made: await hands[system].create(unique('While Away'), titles[system] ?? ''),
        })),
      );
      for (let round = 0; round < 3; round++) await hands.local.edit(edited, unique('again'));
      const last = unique('last');
      await hands.local.edit(edited, last);
      await hands.supabase.remove(gone);
      await hands.twenty.destroy?.(unheard);
      await hands.twenty.edit(tug, unique('twenty first'));
      await hands.bigquery.edit(tug, unique('bigquery later'));
      await run.clients.local.insert(
        Array.from({ length: 520 }, (_, n) => ({ canonical_name: `Many ${n}`, job_title: 'in bulk' })),
      );
      await run.start();
      for (const { system, made } of created) await everywhere(await made.contactId(), titles[system] ?? '');
      await everywhere(edited, last);
      await everywhere(gone, null);
      await everywhere(unheard, null);
      await vi.waitFor(
        async () => {
          const { systems, conflicts, dead_letters } = await run.hub().parts.ledger.status();
          expect({ conflicts, dead_letters }).toEqual({ conflicts: 0, dead_letters: 0 });
          expect(systems.map(({ pending, inbox }) => pending + inbox)).toEqual([0, 0, 0, 0]);
        },
        { timeout: 60_000, interval: 100 },
      );
      expect((await audit(run.clients)).differences).toEqual([]);
    }, 120_000);
  });
