/**
 * I12: personal data and secrets lie in the systems and in the ledger's versions, inbox and conflicts, and nowhere else.
 * The real process works for contacts made of canaries while everything goes wrong that quotes them; then all it ever
 * said and left behind is searched for them.
 */
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBackend, openQueues, queueNames } from '@contact-sync/queue';
import { boardNameOf } from '@contact-sync/server';
import { NO_REDIS, type OwnRedis, ownRedis } from '@contact-sync/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { canaries, canaryContact } from './canaries.ts';
import { asOwner, type CanaryHub, canaryHub, SOON } from './canary-hub.ts';

const COMMANDS = fileURLToPath(new URL('commands-process.ts', import.meta.url));
/** Where the ledger may hold contents, and who edited. */
const CONTENTS = {
  versions: ['content', 'last_updated_by'],
  heads: ['last_updated_by', 'name', 'name_key', 'organization', 'search'],
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

const birds = canaries();
let hub: CanaryHub;
let redis: OwnRedis | null = null;

beforeAll(async () => {
  hub = await canaryHub(birds);
});
afterAll(async () => {
  await hub?.close();
  await redis?.close();
});

test('with its queues on Postgres nothing gets where it does not belong, whatever goes wrong', async () => {
  const queueUrl = hub.sandbox.env.QUEUE_URL ?? '';
  await hub.up(queueUrl);
  const people = await everywhere('9007199254740995');
  await refused();
  await tied(people);
  await malformedJobs(queueUrl);
  await strangers(people);
  await away();
  await settled();
  await commands();
  await shown();
  const tables = await asOwner(
    queueUrl,
    `select quote_ident(table_name) as name from information_schema.tables where table_schema = 'bullmq'`,
  );
  expect(tables.length).toBeGreaterThan(2);
  for (const { name } of tables) {
    const rows = await asOwner(queueUrl, `select t::text as row from bullmq.${String(name)} t`);
    hub.answers.push([`the queues’ table ${String(name)}`, rows.map(({ row }) => String(row)).join('\n')]);
  }
  await searched();
}, 120_000);

test('nor with its queues on Redis, which are told of all that waits for a person', async ({ skip }) => {
  redis = await ownRedis();
  if (redis === null) return skip(NO_REDIS);
  await hub.down();
  // A Redis without users takes any password of the default one.
  await hub.up(redis.url.replace('//', `//default:${birds.hatch('the password of Redis')}@`));
  await everywhere('9007199254740997');
  await malformedJobs(redis.url);
  await shown();
  // Whatever it was ever told, that is: also what it has forgotten since.
  for (const file of readdirSync(redis.folder, { recursive: true, withFileTypes: true }))
    if (file.isFile())
      hub.answers.push(['what Redis was told', readFileSync(join(file.parentPath, file.name), 'latin1')]);
  expect(hub.answers.some(([where, text]) => where === 'what Redis was told' && text.includes('-dead'))).toBe(true);
  await searched();
}, 120_000);

const letters = () =>
  hub.ledger(`select system, queue, code from contact_sync_ledger.dead_letters where status = 'open'`);

async function born(row: object): Promise<void> {
  const columns = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  await hub.clients.local.query(
    `insert into contacts (${columns.map(([name]) => name).join(', ')})
     values (${columns.map((_, n) => `$${n + 1}`).join(', ')})`,
    columns.map(([, value]) => value),
  );
}

/** One is born in each system, then edited in another. */
async function everywhere(atBigQueryId: string) {
  const by = birds.hatch('the name of an analyst');
  const analyst = (id: string, edit: object) =>
    hub.clients.bigquery(`CALL \`contacts.edit_contact\`(${id}, PARSE_JSON(@edit), '${by}@example.com')`, {
      edit: JSON.stringify(edit),
    });
  const [atLocal, atSupabase, atTwenty, atBigQuery] = ['Lo', 'Su', 'Tw', 'Bi'].map((who) => canaryContact(birds, who));
  if (!atLocal || !atSupabase || !atTwenty || !atBigQuery) throw new Error('four');
  const [firstName, lastName] = atTwenty.canonical_name.split(' ');
  await born(atLocal);
  expect((await hub.clients.supabase.from('contacts').insert({ ...atSupabase, last_updated_by: by })).error).toBeNull();
  await hub.clients.twenty('POST', '/people', {
    name: { firstName, lastName },
    emails: { primaryEmail: atTwenty.emails[0], additionalEmails: atTwenty.emails.slice(1) },
    phones: { primaryPhoneNumber: atTwenty.phones[0] },
    jobTitle: atTwenty.job_title,
    linkedinLink: { primaryLinkUrl: atTwenty.linkedin_url },
    llmContext: atTwenty.llm_context,
  });
  await analyst(atBigQueryId, atBigQuery);
  const titles = [atLocal, atSupabase, atTwenty, atBigQuery].map(({ job_title }) => job_title);
  await shownEverywhere(titles);
  const edited = titles.map((_, n) => birds.hatch(`title ${n} after an edit`));
  await hub.clients.local.query('update contacts set job_title = $2 where job_title = $1', [titles[2], edited[2]]);
  await hub.clients.supabase.from('contacts').update({ job_title: edited[3] }).eq('job_title', titles[3]);
  const person = hub.sandbox.twenty?.people().find(({ jobTitle }) => jobTitle === titles[0]);
  await hub.clients.twenty('PATCH', `/people/${person?.id}`, { jobTitle: edited[0] });
  const [held] = await hub.clients.bigquery(
    `SELECT contact_id FROM contacts.contacts WHERE job_title = '${titles[1]}'`,
  );
  await analyst(String(Object(held?.contact_id).value ?? held?.contact_id), { job_title: edited[1] });
  await shownEverywhere(edited);
  return { titles: edited };
}

async function shownEverywhere(titles: readonly string[]) {
  await vi.waitFor(async () => {
    const { rows } = await hub.clients.local.query('select job_title from contacts');
    const { data } = await hub.clients.supabase.from('contacts').select('job_title');
    const people = hub.sandbox.twenty?.people().map(({ jobTitle }) => jobTitle) ?? [];
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

  await hub.clients.local.query(
    `alter table contacts add constraint owners_rule check (organization not like 'refuse locally%') not valid`,
  );
  await asOwner(
    hub.sandbox.env.SUPABASE_DB_URL,
    `
    create function picky() returns trigger language plpgsql as $$
    begin
      if new.organization like 'refuse at supabase%' then raise exception 'I do not take %', new using detail = new::text; end if;
      return new;
    end $$;
    create trigger picky before insert on contacts for each row execute function picky()`,
  );
  const echoes = (needle: string, status: number, body: (text: string) => object) => (passing: { body: string }) =>
    passing.body.includes(needle) ? { status, body: body(passing.body) } : undefined;
  hub.proxies.twenty.judge(
    echoes('refuse at twenty', 400, (text) => ({
      statusCode: 400,
      error: 'BadRequestException',
      messages: [text],
    })),
  );
  hub.proxies.bigquery.judge(
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
    await hub.clients.supabase
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
  await hub.proxies.supabase.cut();
  const at = new Date(Date.now() - 1_000).toISOString();
  const [one, other] = [birds.hatch('one title of a tie'), birds.hatch('the other title of a tie')];
  await hub.clients.local.query('update contacts set job_title = $2, last_updated = $3 where job_title = $1', [
    titles[0],
    one,
    at,
  ]);
  await hub.clients.supabase.from('contacts').update({ job_title: other, last_updated: at }).eq('job_title', titles[0]);
  await vi.waitFor(
    async () =>
      expect(await hub.ledger(`select from contact_sync_ledger.versions where content like '%${one}%'`)).toHaveLength(
        1,
      ),
    SOON,
  );
  await hub.proxies.supabase.mend();
  await vi.waitFor(
    async () =>
      expect(await hub.ledger(`select from contact_sync_ledger.conflicts where status = 'open'`)).toHaveLength(1),
    SOON,
  );
}

/** What a program of another version might put into a queue: buried, and gone from there. */
async function malformedJobs(queueUrl: string) {
  const backend = await openBackend(queueUrl);
  const queues = await openQueues(backend);
  const planted = birds.hatch('what was put into a job');
  const data = { system: 'local', record_ids: { [planted]: planted }, contact_ids: [planted], content: planted };
  const jobs = await Promise.all(
    (['ingest', 'propagate-local'] as const).map(async (queue) => {
      const { id = '' } = await queues.bull(queue).add(planted, { ...data, target: planted });
      return { queue, id };
    }),
  );
  await vi.waitFor(async () => {
    for (const { queue, id } of jobs) expect(await queues.bull(queue).getJob(id)).toBeUndefined();
    expect((await letters()).filter(({ code }) => code === 'JOB_MALFORMED')).toHaveLength(2);
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
  const signed = (text: string, secret = hub.sandbox.env.TWENTY_WEBHOOK_SECRET ?? '', now = Date.now()) => ({
    'x-twenty-webhook-timestamp': String(now),
    'x-twenty-webhook-signature': createHmac('sha256', secret).update(`${now}:${text}`).digest('hex'),
  });
  const post = (headers: Record<string, string>, text: string, path = '/webhooks/twenty') =>
    hub.heard(path, { method: 'POST', headers, body: text });
  const statuses = [
    await post({ 'content-type': word, [word]: word }, body),
    await post(signed(body, word), body),
    await post(signed(body, undefined, 0), body),
    await post(signed(body), body),
    await post(signed(`{"${word}`), `{"${word}`),
    await post({ 'x-webhook-secret': word, referer: `http://${word}/` }, body, `/webhooks/supabase?${word}=${word}`),
    await hub.heard(`/webhooks/${word}?${word}=${word}`),
    await hub.heard(`/${word}/%E0%A4%A/${encodeURIComponent(`é${word}`)}`, { headers: { cookie: word } }),
    await hub.heard('/queues/api/queues', { headers: { authorization: `Bearer ${word}` } }),
    await hub.heard(`/queues/api/queues/${word}/${word}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${hub.env.API_TOKEN}` },
    }),
    await hub.heard(`/queues/api/queues/ingest/${word}`, { headers: { authorization: `Bearer ${hub.env.API_TOKEN}` } }),
    await hub.heard('/readyz'),
  ];
  expect(statuses.slice(0, 9)).toEqual([401, 401, 401, 400, 400, 401, 404, 404, 401]);
  // Node's own answer to what is no HTTP.
  const torn = request(`http://127.0.0.1:${hub.env.PORT}`, {
    method: 'POST',
    path: `/${word}`,
    headers: { 'content-length': '5', [word]: word },
  });
  torn.on('error', () => {}).write(word.slice(0, 2));
  torn.destroy();
}

/** Outages of everything that has an address with a password in it, while there is work for it. */
async function away() {
  hub.proxies.supabase.judge(() => ({ status: 500, text: `<html>${birds.hatch('a page of a gateway')}</html>` }));
  await born(canaryContact(birds, 'late'));
  await hub.proxies.twenty.cut();
  await vi.waitUntil(() => hub.log().includes('queue waits for its system'), SOON);
  await hub.heard('/readyz');
  const mend = await hub.cutDatabases();
  await hub.heard('/readyz');
  await mend();
  await hub.proxies.twenty.mend();
  for (const proxy of Object.values(hub.proxies)) proxy.judge(null);
}

async function settled() {
  await vi.waitFor(async () => {
    const [row] = await hub.ledger(`select count(*)::int as left from contact_sync_ledger.deliveries d
      where behind and dead_letter_id is null
        and not exists (select from contact_sync_ledger.conflicts c where c.contact_id = d.contact_id and c.status = 'open')`);
    expect(row).toEqual({ left: 0 });
  }, SOON);
}

/** Every command that is not there to show contents, rightly and wrongly used. */
async function commands() {
  const word = birds.hatch('what somebody typed');
  const [one] = await hub.ledger('select contact_id::text as id from contact_sync_ledger.heads limit 1');
  const gone = (name: string) => `postgres://user:${birds.hatch(`the password of ${name}`)}@127.0.0.1:2/gone`;
  const calls: [string[], Record<string, string>][] = [
    [['status'], {}],
    [['dead', 'list', '--json'], {}],
    [['doctor'], {}],
    [['actions'], {}],
    [['sync', String(one?.id)], {}],
    [['replay', '--all'], {}],
    [['missing', 'twenty'], {}],
    [['init', '--json'], {}],
    [['status'], { LEDGER_URL: gone('the ledger') }],
    [['doctor', '--json'], { LEDGER_URL: gone('the ledger of a doctor'), TWENTY_API_KEY: word, API_TOKEN: word }],
    [['init'], { LOCAL_URL: gone('the local database'), SUPABASE_DB_URL: gone('Supabase') }],
    [['status'], { QUEUE_URL: gone('queues in Postgres') }],
    [['status'], { QUEUE_URL: gone('queues in Redis').replace('postgres', 'redis') }],
    [['up'], { LEDGER_URL: `amqp://${word}`, PORT: word, TWENTY_URL: word, LOG_LEVEL: word, MAPPING_FILE: `/${word}` }],
  ];
  const { code, text } = await hub.run([COMMANDS, JSON.stringify(calls)]);
  expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' });
  const parts = text.split(/(?<=\0.*\n)/);
  expect(parts).toHaveLength(calls.length);
  for (const [n, part] of parts.entries()) hub.answers.push([`what contact-sync ${calls[n]?.[0][0]} said`, part]);
}

/** Bull Board, as its page asks it. */
async function shown() {
  const authorization = `Bearer ${hub.env.API_TOKEN}`;
  const statuses = ['latest', 'active', 'waiting', 'completed', 'failed', 'delayed', 'prioritized', 'paused'];
  await Promise.all(
    queueNames.flatMap((queue) =>
      statuses.map((status) =>
        hub.heard(`/queues/api/queues?activeQueue=${boardNameOf(queue)}&status=${status}&page=1&jobsPerPage=200`, {
          headers: { authorization },
        }),
      ),
    ),
  );
}

async function searched() {
  expect(hub.log().split('\n').length).toBeGreaterThan(50);
  hub.answers.push(['the log', hub.log()]);
  const tables = await hub.ledger(
    `select table_name as name from information_schema.tables where table_schema = 'contact_sync_ledger'`,
  );
  for (const { name } of tables) {
    const apart = Object.entries(CONTENTS).find(([table]) => table === name)?.[1] ?? [];
    for (const row of await hub.ledger(`select * from contact_sync_ledger.${String(name)}`))
      for (const [column, value] of Object.entries(row))
        if (!apart.includes(column))
          hub.answers.push([`the ledger’s ${String(name)}.${column}`, JSON.stringify(value)]);
  }
  const places = Map.groupBy(hub.answers, ([where]) => where);
  const leaks = [...places].flatMap(([where, texts]) => birds.in(where, texts.map(([, text]) => text).join('\n')));
  expect(leaks.sort()).toEqual([]);
  // They are where they belong, so that they were there to be found.
  const [versions] = await hub.ledger(`select string_agg(content, ' ') as all from contact_sync_ledger.versions`);
  expect(birds.in('versions', String(versions?.all)).length).toBeGreaterThan(100);
}
