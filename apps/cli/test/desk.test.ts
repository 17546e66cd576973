/** What operators do by commands, on one running hub. Each test has contacts of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { contactId } from '@contact-sync/contact';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contactSync, type Given, MAIN } from './contact-sync.ts';
import { examined } from './examined.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contact-sync-'));
  stage = await openStage();
});

afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
});

const cli = (args: readonly string[], given: Given = {}) =>
  contactSync(args, { ...stage.env, CONTACT_SYNC_DATA: folder, USER: 'ann' }, given);

/** The one JSON document that a command prints. */
async function told(args: readonly string[], code = 0, given: Given = {}) {
  const answer = await cli([...args, '--json'], given);
  expect([answer.err, answer.code]).toEqual([expect.any(String), code]);
  return JSON.parse(answer.out);
}

/** A contact that nobody else has, everywhere. */
async function born(id: string, more: Readonly<Record<string, string>> = {}) {
  const row = { contact_id: id, canonical_name: `Person ${id}`, category_code: 'B', ...more };
  const csv = `${Object.keys(row).join()}\n${Object.values(row).join()}\n`;
  expect(await told(['import', '-', '--format', 'csv'], 0, { input: csv })).toMatchObject({ imported: { created: 1 } });
  await stage.inStep(contactId(id));
}

test('an address book comes in, what is refused is told, and the second time changes nothing', async () => {
  const file = join(folder, 'people.csv');
  await writeFile(
    file,
    'contact_id,canonical_name,category_code,Shoe size\n101,Ada,B,38\n102,Bob,Q,\n103,Eve,X,\n,Nobody yet,C,\n',
  );
  const dry = await told(['import', file, '--dry-run'], 1);
  expect(dry).toMatchObject({ file: { contacts: 3, refused: 1 }, imported: null });
  const report = join(folder, 'report.json');
  const terminal = { shown: '' };
  const first = await cli(['import', file, '--report', report], { terminal });
  expect(first).toMatchObject({ code: 1, err: '' });
  expect(first.out).toMatch(/^3 +category_code +INVALID_CATEGORY +\S/m);
  expect(first.out).toMatch(/^Shoe size +1$/m);
  expect(first.out).toMatch(/^3 created, 0 updated, 0 unchanged, 1 refused$/m);
  expect(terminal.shown).toContain('3 contacts');
  expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({
    imported: { created: 3 },
    refused: [{ line: 3, field: 'category_code', code: 'INVALID_CATEGORY' }],
  });
  expect(await told(['import', file], 1)).toMatchObject({ imported: { created: 0, unchanged: 3, kept: 0 } });
});

test('what goes out comes in again as it was, in both formats, and nobody else may read the file', async () => {
  await born('111', { organization: 'Ärzte & Söhne' });
  for (const [name, format] of [
    ['out.vcf', 'vcard'],
    ['out.csv', 'csv'],
  ] as const) {
    const file = join(folder, name);
    const written = await told(['export', '--out', file]);
    expect(written).toMatchObject({ file, format });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('Ärzte & Söhne');
    expect((await cli(['export', '--format', format])).out.replaceAll('\r', '')).toBe(text.replaceAll('\r', ''));
    expect(await told(['import', '-', '--update', '--format', format], 0, { input: text })).toMatchObject({
      imported: { created: 0, updated: 0, unchanged: written.contacts },
      file: { left_out: [] },
    });
  }
  const few = await cli(['export', '--category', 'B']);
  expect(few.out).toContain('Person 111');
  expect(few.out).not.toContain('Eve');
  expect(await cli(['export', '--out', join(folder, 'nowhere', 'x.csv')])).toMatchObject({ code: 2, out: '' });
});

test('a reader that has enough, as head, is no fault', async () => {
  const line = `set -o pipefail; '${process.execPath}' '${MAIN}' export | true`;
  const env = { ...stage.env, CONTACT_SYNC_DATA: folder, PATH: process.env.PATH };
  // Rejects when it ends with anything but 0.
  expect(await promisify(execFile)('bash', ['--norc', '-c', line], { env })).toEqual({ stdout: '', stderr: '' });
});

test('a contact is found, shown, and made again what it was', async () => {
  await born('121', { job_title: 'Engineer' });
  const edit = 'contact_id,canonical_name,job_title\n121,Person 121,Pilot\n';
  expect(await told(['import', '-', '--format', 'csv', '--update'], 0, { input: edit })).toMatchObject({
    imported: { updated: 1 },
  });
  expect(await told(['contact', 'find', 'person', '121'])).toMatchObject([{ contact_id: '121', version: 2 }]);
  expect(await told(['contact', 'restore', '121', '1'])).toMatchObject({ result: 'restored', version: 3 });
  await stage.inStep(contactId('121'));
  const { out } = await cli(['contact', 'show', '121']);
  expect(out).toMatch(/^job_title +Engineer$/m);
  expect(out).toMatch(/^twenty +\S+ +3 +in step +\S+ \S+ +–$/m);
  const timeline = await cli(['contact', 'timeline', '121']);
  expect(timeline.out).toContain('job_title: Engineer → Pilot');
  expect(timeline.out).toMatch(/ restore +cli +done, by ann$/m);
  expect(await cli(['contact', 'restore', '121', '9'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('NO_SUCH_VERSION'),
  });
});

test('a conflict is shown side by side, and resolved field by field', async () => {
  await born('131', { job_title: 'Engineer', organization: 'Analytical Engines' });
  await stage.tie(contactId('131'));
  const [{ conflict_id: id }] = await told(['conflicts', 'list']);
  const { out } = await cli(['conflicts', 'show', id]);
  expect(out).toMatch(/^ +field +canonical +incoming +base$/m);
  expect(out).toMatch(/^≠ +job_title +\* of local +\* of supabase +Engineer$/m);
  expect(out).toMatch(/^ +organization +Analytical Engines +Analytical Engines +Analytical Engines$/m);
  expect(await cli(['conflicts', 'resolve', id, '--field', 'shoe_size=incoming'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('NO_SUCH_FIELD'),
  });
  const chosen = ['--field', 'job_title=incoming', '--field', 'organization=base'];
  expect(await told(['conflicts', 'resolve', id, ...chosen])).toMatchObject({ contact_id: '131', version: 3 });
  await stage.inStep(contactId('131'));
  expect(await told(['contact', 'show', '131'])).toMatchObject({ content: { job_title: 'of supabase' } });
  expect(await told(['conflicts', 'list'])).toEqual([]);
  expect(await told(['conflicts', 'list', '--closed'])).toMatchObject([{ conflict_id: id, closed_by: 'ann' }]);
});

test('dead letters are given up for a reason, which stays on record, and not without a yes', async () => {
  await born('141');
  const [buried] = await stage.hub.parts.ledger.bury([
    {
      ...{ queue: 'ingest', system: 'local', key: 'row 141', contact_id: contactId('141'), version: null },
      ...{ code: 'REQUIRED', field: 'canonical_name', reason: 'it is missing', advice: 'Write it.', attempts: 1 },
    },
  ]);
  const id = buried?.dead_letter_id ?? '';
  expect(await told(['dead', 'list', '--contact', '141', '--newer-than', '1h'])).toMatchObject([
    { dead_letter_id: id },
  ]);
  expect(await told(['dead', 'list', '--contact', '141', '--older-than', '1h'])).toEqual([]);
  const mine = ['dead', 'discard', '--contact', '141', '--reason', 'a test'];
  expect(await cli(mine)).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
  const terminal = { shown: '' };
  expect(await cli(mine, { terminal, input: 'no\n' })).toMatchObject({ code: 1, out: '' });
  expect(terminal.shown).toContain('Give up a dead letter?');
  expect(await told(mine, 0, { terminal, input: 'yes\n' })).toEqual([{ dead_letter_id: id, result: 'discarded' }]);
  expect(await cli([...mine.slice(0, 2), id, '--reason', 'again'])).toMatchObject({ code: 1 });
  const { out } = await cli(['actions', '--subject', `dead-letter:${id}`]);
  expect(out).toMatch(new RegExp(`discard +dead-letter:${id} +ann +cli +done +a test$`, 'm'));
  expect((await cli(['dead', 'show', id])).out).toMatch(/^status +discarded .* by ann$/m);
  expect(await told(['dead', 'replay', id])).toEqual([{ dead_letter_id: id, result: 'not_open', code: null }]);
});

test('no prompt tells of a contact that is excluded', async () => {
  await born('151', { canonical_name: 'Xenia Secret', category_code: 'X' });
  await born('152');
  for (const source of ['bigquery', 'supabase', 'local', 'twenty']) {
    const alone = await cli(['prompt', '151', '--source', source]);
    expect(alone).toEqual({ code: 1, out: '', err: 'left out: contact 151: CATEGORY_X\n' });
    const both = await cli([
      'prompt',
      '151',
      '152',
      '--source',
      source,
      '--question',
      'Who?',
      '--base-prompt',
      'Be kind.',
    ]);
    expect(both.code).toBe(0);
    expect(both.out).toContain('Person 152');
    expect(both.out + both.err).not.toContain('Xenia');
  }
  const { tokens, excluded } = await told([
    'prompt',
    '151',
    '152',
    '--budget',
    '400',
    '--question',
    'Who? '.repeat(40),
  ]);
  expect(tokens).toBeLessThanOrEqual(400);
  expect(excluded).toEqual([{ contact_id: '151', code: 'CATEGORY_X' }]);
});

test('a backfill finds everything in step, and shows how far it is on the terminal alone', async () => {
  const terminal = { shown: '' };
  const summary = await told(['backfill', 'supabase'], 0, { terminal });
  expect(summary).toMatchObject({ synced: 0, failed: 0, conflicts: 0, faults: {} });
  expect(summary.skipped).toBeGreaterThan(0);
  expect(terminal.shown).toContain('records  supabase');
  expect(terminal.shown).not.toContain('records  twenty');
});

test('what is wrong is listed with what to do, taken in hand, and silenced, by somebody', async () => {
  const at = '2026-11-28T06:00:00.000Z';
  const [alert] = await stage.hub.watching.alerts.saveAlerts([
    {
      ...{ alert_id: null, revision: null, code: 'CLOCK_SKEW', subject: 'system:local', severity: 'warning' },
      ...{ state: 'firing', message: 'Its clock is ahead.', advice: 'Set it.', value: 70, notices: [] },
      ...{ since: at, fired_at: at, resolved_at: null, right_since: null },
    },
  ]);
  const id = alert?.alert_id ?? '';
  expect(await told(['alerts', '--code', 'CLOCK_SKEW'])).toMatchObject([{ alert_id: id, acknowledged_by: null }]);
  expect(await told(['alerts', '--all', '--code', 'STALLED'])).toEqual([]);
  expect(await told(['alerts', 'ack', id, '--by', 'Grace'])).toMatchObject({ acknowledged_by: 'Grace' });
  const silent = await told(['alerts', 'silence', id, '--for', '2h']);
  expect(Date.parse(silent.silenced_until) - Date.now()).toBeGreaterThan(7_000_000);
  const { out } = await cli(['alerts']);
  expect(out).toMatch(new RegExp(`^${id} +warning +CLOCK_SKEW +system:local +\\S+ \\S+ +Its clock is ahead\\.$`, 'm'));
  expect(out).toMatch(/^ +in hand: Grace +→ Set it\.$/m);
  expect(out).toMatch(/^ +silent until \S+ \S+$/m);
  expect((await cli(['actions', '--subject', `alert:${id}`])).out).toMatch(/ silence +alert:\d+ +ann +cli +done/);
  expect(await cli(['alerts', 'ack', '999'])).toMatchObject({ code: 1, err: expect.stringContaining('NO_SUCH_ALERT') });
});

test('a schedule is paused, run all the same, and resumed, by somebody', async () => {
  expect(await told(['schedules', 'pause', 'retention'])).toMatchObject({ paused_by: 'ann', next_at: null });
  const { out } = await cli(['schedules']);
  expect(out).toMatch(/^retention +24 h +paused by ann +\S+.* –$/m);
  expect(await cli(['schedules', 'run', 'retention'])).toMatchObject({
    code: 0,
    out: 'retention runs as soon as a worker is free\n',
  });
  expect(await told(['schedules', 'resume', 'retention'])).toMatchObject({ paused_by: null });
});

test('a whole look for drift is had, and kept', async () => {
  expect(await told(['drift', 'bigquery', '--full'])).toMatchObject([{ system: 'bigquery', percent: 0 }]);
  expect((await cli(['actions', '--subject', 'system:bigquery'])).out).toMatch(
    / drift +system:bigquery +ann +cli +done/,
  );
});

test('the doctor finds nothing where all is well', async () => {
  const { ok, checks, failed, warned } = await examined(folder, stage.env);
  expect({ ok, failed, warned }).toEqual({ ok: true, failed: [], warned: [] });
  for (const what of ['ledger', 'ledger schema', 'clocks', 'queues', 'workers', 'bigquery schema', 'twenty schema'])
    expect(checks.map((check) => check.what)).toContain(what);
});

test('the doctor names what is away, forbidden, not installed and not well guarded, each with how to mend it', async () => {
  const { SUPABASE_WEBHOOK_SECRET: _, PUBLIC_URL: __, ...rest } = stage.env;
  const env = {
    ...rest,
    BIGQUERY_DATASET: 'not_there_yet',
    SUPABASE_SECRET_KEY: 'sb_secret_wrong',
    LOCAL_URL: 'postgres://user:hunter2@127.0.0.1:2/gone',
    TWENTY_URL: 'http://127.0.0.1:2',
    TWENTY_WEBHOOK_SECRET: 'short',
  };
  const { checks, failed, warned } = await examined(folder, env);
  expect(failed).toEqual(['bigquery schema', 'supabase', 'local', 'twenty']);
  expect(warned).toEqual(['PUBLIC_URL', 'twenty webhooks', 'supabase webhooks']);
  expect(checks.find(({ what }) => what === 'bigquery schema')?.mend).toContain('contact-sync init');
});

test('the doctor looks at what it can where the configuration is wrong and the ledger is away', async () => {
  const { TWENTY_API_KEY: _, LOCAL_URL: __, ...rest } = stage.env;
  const gone = 'postgres://user:hunter2@127.0.0.1:2/gone';
  const { checks, failed } = await examined(folder, {
    ...rest,
    LEDGER_URL: gone,
    QUEUE_URL: gone,
    PORT: 'many',
    HOST: '0.0.0.0',
    API_TOKEN: 'short',
  });
  const problems = checks.filter(({ what, status }) => what === 'configuration' && status === 'failed');
  expect(problems.map(({ found }) => found.split(' ')[0])).toEqual([
    'LOCAL_URL',
    'TWENTY_API_KEY',
    'PORT',
    'API_TOKEN',
  ]);
  expect(failed.filter((what) => what !== 'configuration')).toEqual(['ledger', 'queues']);
  expect(checks).toContainEqual(expect.objectContaining({ what: 'bigquery schema', status: 'ok' }));
});
