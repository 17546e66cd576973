/**
 * I12: personal data and secrets lie in the systems and in the ledger's versions, inbox and conflicts, and nowhere else.
 * The real process works for contacts made of canaries while everything goes wrong that quotes them; then all it ever
 * said and left behind is searched for them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBackend, openQueues, queueNames } from '@contact-sync/queue';
import { type Sandbox, startSandbox } from '@contact-sync/sandbox';
import {
  type HttpProxy,
  NO_REDIS,
  type OwnRedis,
  openHttpProxy,
  openPostgresProxy,
  ownRedis,
} from '@contact-sync/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Clients, connect } from '../src/clients.ts';
import { canaries, canaryContact } from './canaries.ts';

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const COMMANDS = fileURLToPath(new URL('commands-process.ts', import.meta.url));
const SOON = { timeout: 30_000, interval: 50 };
/** Where the ledger may hold contents, and who edited. */
const CONTENTS = {
  versions: ['content', 'last_updated_by'],
  heads: ['last_updated_by'],
  inbox: ['record'],
  conflicts: ['candidates'],
  conflict_events: ['event'],
};

describe('the search', () => {
  test.each<[string, (word: string) => string]>([
    ['plainly', (word) => `a line with ${word} in it`],
    ['in capitals', (word) => word.toUpperCase()],
    ['in a URL', (word) => `/x?${encodeURIComponent(`é ${word}`)}`],
    ['as JSON in JSON', (word) => JSON.stringify({ body: JSON.stringify({ [`"${word}"`]: 1 }) })],
    ['in hexadecimal', (word) => Buffer.from(`…${word}…`).toString('hex')],
    ...[0, 1, 2].map((n): [string, (word: string) => string] => [
      `in base64 after ${n} bytes`,
      (word) => Buffer.from(`${'.'.repeat(n)}${word}.`).toString('base64'),
    ]),
  ])('finds a canary %s', (_how, hide) => {
    const birds = canaries();
    const word = birds.hatch('it');
    const password = birds.adopt('a password', 'p@ss/w+örd-of-no-other');
    expect(birds.in('there', hide(word))).toEqual([expect.stringContaining('it in there')]);
    expect(birds.in('there', hide(password).replaceAll('%20', ' '))).toHaveLength(1);
    expect(birds.in('there', hide('nothing'))).toEqual([]);
  });
});

interface Said {
  readonly code: number | null;
  readonly text: string;
}

for (const kind of ['Postgres', 'Redis'] as const)
  describe(`with its queues on ${kind}`, () => {
    const birds = canaries();
    const closing = new AsyncDisposableStack();
    let redis: OwnRedis | null = null;
    let sandbox: Sandbox;
    let clients: Clients;
    let env: Record<string, string>;
    let proxies: Record<'supabase' | 'twenty' | 'bigquery', HttpProxy>;
    let cutDatabases: () => Promise<() => Promise<void>>;
    let up: ChildProcess;
    const said: string[] = [];
    const answers: [where: string, text: string][] = [];
    const children: Promise<Said>[] = [];

    const run = (args: readonly string[]): [ChildProcess, Promise<Said>] => {
      const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env } });
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (part: string) => {
          text += part;
          if (child === up) said.push(part);
        });
      const ended = once(child, 'close').then(
        ([code]): Said => ({ code: typeof code === 'number' ? code : null, text }),
      );
      return [child, ended];
    };
    const url = () => `http://127.0.0.1:${env.PORT}`;
    const sql = (text: string, values: unknown[] = []) => clients.local.query(text, values);
    const ledger = async (text: string): Promise<readonly Record<string, unknown>[]> => {
      const client = new pg.Client({ connectionString: sandbox.env.LEDGER_URL });
      await client.connect();
      return (await client.query<Record<string, unknown>>(text).finally(() => client.end())).rows;
    };
    const heard = async (path: string, options: RequestInit = {}) => {
      const response = await fetch(`${url()}${path}`, options);
      answers.push([
        `the answer to ${options.method ?? 'GET'}`,
        JSON.stringify([...response.headers]) + (await response.text()),
      ]);
      return response.status;
    };
    const letters = () =>
      ledger(`select system, queue, code from contact_sync_ledger.dead_letters where status = 'open'`);
    const born = async (row: object) => {
      const columns = Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]);
      const { rows } = await sql(
        `insert into contacts (${columns.map(([name]) => name).join(', ')})
         values (${columns.map((_, n) => `$${n + 1}`).join(', ')}) returning id`,
        columns.map(([, value]) => value),
      );
      return String(rows[0]?.id);
    };

    beforeAll(async () => {
      if (kind === 'Redis') {
        redis = await ownRedis();
        if (redis === null) return;
        closing.defer(redis.close);
      }
      sandbox = await startSandbox({ twentyRequestsPerMinute: 10_000 });
      closing.use({ [Symbol.asyncDispose]: sandbox.close });
      clients = connect(sandbox.env, sandbox.twenty?.userToken ?? '');
      closing.defer(clients.close);
      const need = (name: string) => sandbox.env[name] ?? '';
      const through = async <P extends { readonly url: string; close(): Promise<void> }>(
        opening: Promise<P>,
      ): Promise<P> => {
        const proxy = await opening;
        closing.defer(proxy.close);
        return proxy;
      };
      const [supabase, twenty, bigquery, ledgerDoor, localDoor] = await Promise.all([
        through(openHttpProxy(need('SUPABASE_URL'))),
        through(openHttpProxy(need('TWENTY_URL'))),
        through(openHttpProxy(need('BIGQUERY_EMULATOR_HOST'))),
        through(openPostgresProxy(need('LEDGER_URL'))),
        through(openPostgresProxy(need('LOCAL_URL'))),
      ]);
      proxies = { supabase, twenty, bigquery };
      cutDatabases = async () => {
        await Promise.all([ledgerDoor.cut(), localDoor.cut()]);
        return async () => void (await Promise.all([ledgerDoor.mend(), localDoor.mend()]));
      };
      const queueWord = birds.hatch('the password of the queues');
      env = {
        ...sandbox.env,
        LEDGER_URL: ledgerDoor.url,
        LOCAL_URL: localDoor.url,
        // A Redis without users takes any password of the default one.
        QUEUE_URL: redis === null ? need('QUEUE_URL') : redis.url.replace('//', `//default:${queueWord}@`),
        SUPABASE_URL: supabase.url,
        TWENTY_URL: twenty.url,
        BIGQUERY_EMULATOR_HOST: bigquery.url,
        API_TOKEN: birds.hatch('the token of the API'),
        BIGQUERY_POLL_MS: '300',
        SUPABASE_POLL_MS: '500',
        TWENTY_POLL_MS: '1000',
        SWEEP_MS: '500',
        SWEEP_GRACE_MS: '1000',
        LOG_LEVEL: 'trace',
        USER: 'tester',
      };
      for (const name of ['SUPABASE_SECRET_KEY', 'SUPABASE_WEBHOOK_SECRET', 'TWENTY_API_KEY', 'TWENTY_WEBHOOK_SECRET'])
        birds.adopt(name, need(name));
      birds.adopt('the password of Postgres', decodeURIComponent(new URL(need('LEDGER_URL')).password));
      let ended: Promise<Said>;
      [up, ended] = run([CLI, 'up']);
      children.push(ended);
      await vi.waitUntil(() => said.join('').includes('contact-sync is up') || up.exitCode !== null, SOON);
      expect(up.exitCode).toBeNull();
    });
    afterAll(async () => {
      up?.kill('SIGTERM');
      await Promise.all(children);
      await closing.disposeAsync();
    });

    test('nothing of contacts or secrets gets where it does not belong, whatever goes wrong', async ({ skip }) => {
      if (kind === 'Redis' && redis === null) return skip(NO_REDIS);
      const people = await everywhere();
      await refused();
      await tied(people);
      await malformedJobs();
      if (kind === 'Postgres') {
        await strangers(people);
        await away();
        await settled();
        await commands();
      }
      await found();
    }, 120_000);

    /** One is born in each system, then edited in another. */
    async function everywhere() {
      const by = birds.hatch('the name of an analyst');
      const analyst = (id: string, edit: object) =>
        clients.bigquery(`CALL \`contacts.edit_contact\`(${id}, PARSE_JSON(@edit), '${by}@example.com')`, {
          edit: JSON.stringify(edit),
        });
      const [atLocal, atSupabase, atTwenty, atBigQuery] = ['Lo', 'Su', 'Tw', 'Bi'].map((who) =>
        canaryContact(birds, who),
      );
      if (!atLocal || !atSupabase || !atTwenty || !atBigQuery) throw new Error('four');
      const [firstName, lastName] = atTwenty.canonical_name.split(' ');
      const row = await born(atLocal);
      expect((await clients.supabase.from('contacts').insert({ ...atSupabase, last_updated_by: by })).error).toBeNull();
      await clients.twenty('POST', '/people', {
        name: { firstName, lastName },
        emails: { primaryEmail: atTwenty.emails[0], additionalEmails: atTwenty.emails.slice(1) },
        phones: { primaryPhoneNumber: atTwenty.phones[0] },
        jobTitle: atTwenty.job_title,
        linkedinLink: { primaryLinkUrl: atTwenty.linkedin_url },
        llmContext: atTwenty.llm_context,
      });
      await analyst('9007199254740995', atBigQuery);
      const titles = [atLocal, atSupabase, atTwenty, atBigQuery].map(({ job_title }) => job_title);
      await shownEverywhere(titles);
      const edited = titles.map((_, n) => birds.hatch(`title ${n} after an edit`));
      await sql('update contacts set job_title = $2 where job_title = $1', [titles[2], edited[2]]);
      await clients.supabase.from('contacts').update({ job_title: edited[3] }).eq('job_title', titles[3]);
      const person = sandbox.twenty?.people().find(({ jobTitle }) => jobTitle === titles[0]);
      await clients.twenty('PATCH', `/people/${person?.id}`, { jobTitle: edited[0] });
      const [held] = await clients.bigquery(
        `SELECT contact_id FROM contacts.contacts WHERE job_title = '${titles[1]}'`,
      );
      await analyst(String(Object(held?.contact_id).value ?? held?.contact_id), { job_title: edited[1] });
      await shownEverywhere(edited);
      return { row, titles: edited };
    }

    async function shownEverywhere(titles: readonly string[]) {
      await vi.waitFor(async () => {
        const { rows } = await sql('select job_title from contacts');
        const { data } = await clients.supabase.from('contacts').select('job_title');
        const people = sandbox.twenty?.people().map(({ jobTitle }) => jobTitle) ?? [];
        for (const shown of [rows.map(({ job_title }) => job_title), data?.map(({ job_title }) => job_title), people])
          for (const title of titles) expect(shown).toContain(title);
      }, SOON);
    }

    /** Contacts that cannot be, and systems that quote what they refuse. */
    async function refused() {
      const word = (what: string) => birds.hatch(`${what} that is refused`);
      const deep = Array.from({ length: 60 }).reduce<object>((inner) => ({ [word('a deep key')]: inner }), {});
      for (const bad of [
        { category_code: word('a category') },
        { category_code: 'A', subcategory_code: word('a subcategory') },
        { emails: { [word('a key of emails')]: word('an email') } },
        { llm_context: { emotional_depth: word('a depth'), key_interests: { [word('a key')]: 1 } } },
        { llm_context: { [word('an own key')]: deep } },
        { llm_context: { important_dates: [{ date: { [word('a key of a date')]: 1 } }] } },
        { organization: `${word('an organization')} ${'x'.repeat(2_000)}` },
      ])
        await born({ canonical_name: word('a name'), ...bad });

      await sql(
        `alter table contacts add constraint owners_rule check (organization not like 'refuse locally%') not valid`,
      );
      const owner = new pg.Client({ connectionString: sandbox.env.SUPABASE_DB_URL });
      await owner.connect();
      await owner.query(`
        create function picky() returns trigger language plpgsql as $$
        begin
          if new.organization like 'refuse at supabase%' then raise exception 'I do not take %', new using detail = new::text; end if;
          return new;
        end $$;
        create trigger picky before insert on contacts for each row execute function picky()`);
      await owner.end();
      const echoes = (needle: string, status: number, body: (text: string) => object) => (passing: { body: string }) =>
        passing.body.includes(needle) ? { status, body: body(passing.body) } : undefined;
      proxies.twenty.judge(
        echoes('refuse at twenty', 400, (text) => ({
          statusCode: 400,
          error: 'BadRequestException',
          messages: [text],
        })),
      );
      proxies.bigquery.judge(
        echoes('refuse at bigquery', 400, (text) => ({
          error: {
            code: 400,
            message: text,
            errors: [{ message: text, reason: 'invalid', location: text }],
            status: text,
          },
        })),
      );
      const [taken] = canaryContact(birds, 'the first').emails;
      for (const organization of ['refuse locally', 'refuse at bigquery'])
        await clients.supabase
          .from('contacts')
          .insert(canaryContact(birds, organization, { organization: `${organization} ${word('an organization')}` }));
      await born(canaryContact(birds, 'supabase', { organization: `refuse at supabase ${word('an organization')}` }));
      await born({ ...canaryContact(birds, 'twenty'), canonical_name: `refuse at twenty ${word('a name')}` });
      await born(canaryContact(birds, 'one', { email: taken ?? '' }));
      await born(canaryContact(birds, 'another', { email: taken ?? '' }));
      await born({ ...canaryContact(birds, 'no email'), emails: [`${word('no email')} at nowhere`] });
      await vi.waitFor(async () => {
        const open = await letters();
        expect(open.filter(({ queue }) => queue === 'ingest').length).toBeGreaterThanOrEqual(7);
        for (const target of ['local', 'supabase', 'twenty'])
          expect(open.map(({ queue }) => queue)).toContain(`propagate-${target}`);
        expect(open.map(({ code }) => code)).toContain('TWENTY_EMAIL_TAKEN');
      }, SOON);
    }

    /** Two edits of one rank, made while the hub cannot see one of them: both are kept, as candidates. */
    async function tied({ titles }: { readonly titles: readonly string[] }) {
      await proxies.supabase.cut();
      const at = new Date(Date.now() - 1_000).toISOString();
      const [one, other] = [birds.hatch('one title of a tie'), birds.hatch('the other title of a tie')];
      await sql('update contacts set job_title = $2, last_updated = $3 where job_title = $1', [titles[0], one, at]);
      await clients.supabase.from('contacts').update({ job_title: other, last_updated: at }).eq('job_title', titles[0]);
      await vi.waitFor(
        async () =>
          expect(await ledger(`select from contact_sync_ledger.versions where content like '%${one}%'`)).toHaveLength(
            1,
          ),
        SOON,
      );
      await proxies.supabase.mend();
      await vi.waitFor(
        async () =>
          expect(await ledger(`select from contact_sync_ledger.conflicts where status = 'open'`)).toHaveLength(1),
        SOON,
      );
    }

    /** What a program of another version might put into a queue: buried, and gone from there. */
    async function malformedJobs() {
      const backend = await openBackend(redis?.url ?? sandbox.env.QUEUE_URL ?? '');
      const queues = await openQueues(backend);
      const planted = birds.hatch('what was put into a job');
      const data = { system: 'local', record_ids: { [planted]: planted }, contact_ids: [planted], content: planted };
      await queues.bull('ingest').add('ingest', data);
      await queues.bull('propagate-local').add(planted, { ...data, target: planted });
      await vi.waitFor(async () => {
        expect((await letters()).filter(({ code }) => code === 'JOB_MALFORMED')).toHaveLength(2);
        const counts = await queues.counts();
        expect([counts.ingest.failed, counts['propagate-local'].failed]).toEqual([0, 0]);
      }, SOON);
      await queues.close();
      await backend.close();
      // What the queues remember of all that they were told has our own plant in it.
      birds.release(planted);
    }

    /** Requests that nobody should believe, full of somebody's data. */
    async function strangers({ titles }: { readonly titles: readonly string[] }) {
      const word = birds.hatch('what a stranger sent');
      const body = JSON.stringify({
        eventName: 'person.updated',
        record: { id: word, name: { firstName: titles[0] }, [word]: 1 },
      });
      const signed = (text: string, secret = sandbox.env.TWENTY_WEBHOOK_SECRET ?? '', now = Date.now()) => ({
        'x-twenty-webhook-timestamp': String(now),
        'x-twenty-webhook-signature': createHmac('sha256', secret).update(`${now}:${text}`).digest('hex'),
      });
      const post = (headers: Record<string, string>, text: string, path = '/webhooks/twenty') =>
        heard(path, { method: 'POST', headers, body: text });
      const statuses = [
        await post({ 'content-type': word, [word]: word }, body),
        await post(signed(body, word), body),
        await post(signed(body, undefined, 0), body),
        await post(signed(body), body),
        await post(signed(`{"${word}`), `{"${word}`),
        await post(
          { 'x-webhook-secret': word, referer: `http://${word}/` },
          body,
          `/webhooks/supabase?${word}=${word}`,
        ),
        await heard(`/webhooks/${word}?${word}=${word}`),
        await heard(`/${word}/%E0%A4%A/${encodeURIComponent(`é${word}`)}`, { headers: { cookie: word } }),
        await heard('/queues/api/queues', { headers: { authorization: `Bearer ${word}` } }),
        await heard(`/queues/api/queues/${word}/${word}`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${env.API_TOKEN}` },
        }),
        await heard(`/queues/api/queues/ingest/${word}`, { headers: { authorization: `Bearer ${env.API_TOKEN}` } }),
        await heard('/readyz'),
      ];
      expect(statuses.slice(0, 9)).toEqual([401, 401, 401, 400, 400, 401, 404, 404, 401]);
      // Node's own answer to what is no HTTP.
      const torn = request(url(), {
        method: 'POST',
        path: `/${word}`,
        headers: { 'content-length': '5', [word]: word },
      });
      torn.on('error', () => {}).write(word.slice(0, 2));
      torn.destroy();
    }

    /** Outages of everything that has an address with a password in it, while there is work for it. */
    async function away() {
      proxies.supabase.judge(() => ({ status: 500, text: `<html>${birds.hatch('a page of a gateway')}</html>` }));
      await born(canaryContact(birds, 'late'));
      await proxies.twenty.cut();
      await vi.waitUntil(() => said.join('').includes('queue waits for its system'), SOON);
      await heard('/readyz');
      const mend = await cutDatabases();
      await heard('/readyz');
      await mend();
      await proxies.twenty.mend();
      for (const proxy of Object.values(proxies)) proxy.judge(null);
    }

    async function settled() {
      await vi.waitFor(async () => {
        const [row] = await ledger(`select count(*)::int as left from contact_sync_ledger.deliveries d
          where behind and dead_letter_id is null
            and not exists (select from contact_sync_ledger.conflicts c where c.contact_id = d.contact_id and c.status = 'open')`);
        expect(row).toEqual({ left: 0 });
      }, SOON);
    }

    /** Every command that is not there to show contents, rightly and wrongly used. */
    async function commands() {
      const word = birds.hatch('what somebody typed');
      const [one] = await ledger('select contact_id::text as id from contact_sync_ledger.heads limit 1');
      const gone = (name: string) => `postgres://user:${birds.hatch(`the password of ${name}`)}@127.0.0.1:2/gone`;
      const calls: [string[], Record<string, string>][] = [
        [['status'], {}],
        [['dead', 'list', '--json'], {}],
        [['conflicts', 'list'], {}],
        [['sync', String(one?.id)], {}],
        [['replay', '--all'], {}],
        [['missing', 'twenty'], {}],
        [['init', '--json'], {}],
        [['status'], { LEDGER_URL: gone('the ledger') }],
        [['init'], { LOCAL_URL: gone('the local database'), SUPABASE_DB_URL: gone('Supabase') }],
        [['status'], { QUEUE_URL: gone('queues in Postgres') }],
        [['status'], { QUEUE_URL: gone('queues in Redis').replace('postgres', 'redis') }],
        [
          ['up'],
          { LEDGER_URL: `amqp://${word}`, PORT: word, TWENTY_URL: word, LOG_LEVEL: word, MAPPING_FILE: `/${word}` },
        ],
      ];
      const { code, text } = await run([COMMANDS, JSON.stringify(calls)])[1];
      expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' });
      const parts = text.split(/(?<=\0.*\n)/);
      expect(parts).toHaveLength(calls.length);
      for (const [n, part] of parts.entries()) answers.push([`what contact-sync ${calls[n]?.[0][0]} said`, part]);
    }

    async function found() {
      const authorization = `Bearer ${env.API_TOKEN}`;
      const statuses = ['latest', 'active', 'waiting', 'completed', 'failed', 'delayed', 'prioritized', 'paused'];
      for (const queue of queueNames)
        for (const status of statuses)
          await heard(`/queues/api/queues?activeQueue=${queue}&status=${status}&page=1&jobsPerPage=200`, {
            headers: { authorization },
          });
      answers.push(['the log', said.join('')]);
      expect(said.join('').split('\n').length).toBeGreaterThan(50);
      if (redis === null) {
        const client = new pg.Client({ connectionString: sandbox.env.QUEUE_URL });
        await client.connect();
        const { rows } = await client.query<{ name: string }>(
          `select quote_ident(table_name) as name from information_schema.tables where table_schema = 'bullmq'`,
        );
        expect(rows.length).toBeGreaterThan(2);
        for (const { name } of rows) {
          const { rows: jobs } = await client.query<{ row: string }>(`select t::text as row from bullmq.${name} t`);
          answers.push([`the queues’ table ${name}`, jobs.map(({ row }) => row).join('\n')]);
        }
        await client.end();
      } else
        for (const file of readdirSync(redis.folder, { recursive: true, withFileTypes: true }))
          if (file.isFile())
            answers.push([`what Redis was told`, readFileSync(join(file.parentPath, file.name), 'latin1')]);
      const tables = await ledger(
        `select table_name as name from information_schema.tables where table_schema = 'contact_sync_ledger'`,
      );
      for (const { name } of tables) {
        const apart = Object.entries(CONTENTS).find(([table]) => table === name)?.[1] ?? [];
        const rows = await ledger(`select * from contact_sync_ledger.${String(name)}`);
        for (const row of rows)
          for (const [column, value] of Object.entries(row))
            if (!apart.includes(column))
              answers.push([`the ledger’s ${String(name)}.${column}`, JSON.stringify(value)]);
      }
      const leaks = answers.flatMap(([where, text]) => birds.in(where, text));
      expect([...new Set(leaks)].sort()).toEqual([]);
      // They are where they belong, so that they were there to be found.
      const [versions] = await ledger(`select string_agg(content, ' ') as all from contact_sync_ledger.versions`);
      expect(birds.in('versions', String(versions?.all)).length).toBeGreaterThan(100);
    }
  });
