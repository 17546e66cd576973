import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placesOf } from '../src/completion/places.ts';
import { interruptible } from '../src/interrupt.ts';
import { program } from '../src/program.ts';
import { Interrupted } from '../src/surroundings.ts';
import { AWAY, contactSync, start } from './contact-sync.ts';

/** A data folder in which nothing runs. */
let data: string;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'contact-sync-'));
});

afterAll(() => rm(data, { recursive: true, force: true }));

describe('a call that cannot be', () => {
  test.each([
    [[]],
    [['statsu']],
    [['up', '--jsno']],
    [['sync']],
    [['sync', 'Jane']],
    [['replay']],
    [['replay', '7', '--all']],
    [['replay', '--queue', 'nonsense']],
    [['init', '--sql', 'twenty']],
    [['conflicts', 'resolve', '5-1']],
    [['conflicts', 'resolve', '5-1', '--candidate', 'xyz']],
    [['conflicts', 'resolve', '5-1', '--take', 'incoming', '--candidate', 'abcdef']],
    [['conflicts', 'resolve', '5-1', '--take', 'both']],
    [['conflicts', 'resolve', '5-1', '--field', 'emails']],
    [['conflicts', 'resolve', '5-1', '--content', '/nowhere']],
    [['contact', 'show', 'Jane']],
    [['contact', 'restore', '7', '0']],
    [['contact', 'restore', '7', '1', '--hash', 'xyz']],
    [['dead', 'replay']],
    [['dead', 'replay', '7', '--system', 'twenty']],
    [['dead', 'list', '--older-than', '2x']],
    [['dead', 'list', '--limit', '0']],
    [['dead', 'discard', '7']],
    [['dead', 'discard', '7', '--reason', ' ']],
    [['dead', 'discard', '7', '8', '--reason', 'nobody can be asked']],
    [['actions', '--subject', 'Jane']],
    [['alerts', 'akc', '7']],
    [['alerts', '--code', 'RAIN']],
    [['alerts', 'ack']],
    [['alerts', 'silence', '7']],
    [['alerts', 'silence', '7', '--for', '8d']],
    [['schedules', 'puase', 'sync']],
    [['schedules', 'pause', 'snyc']],
    [['backfill', 'nowhere']],
    [['import', '/nowhere/contacts.csv']],
    [['import', '/dev/null']],
    [['export', '--json']],
    [['export', '--category', 'Z']],
    [['prompt', 'Jane']],
    [['prompt', '7', '--budget', 'much']],
    [['completion', 'tcsh']],
    [['help', 'dead', 'repaly']],
    [['replay', '7', '--by', ' ']],
  ])('%j ends with 2 before anything is opened, and prints no result', async (args) => {
    const { code, out, err } = await contactSync(args, { ...AWAY, CONTACT_SYNC_DATA: data });
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).not.toBe('');
    // Nothing was looked at before: the databases are missing as well.
    expect(err).not.toContain('LEDGER_URL');
  });
});

test('a word that is nearly one is answered by the one that is meant', async () => {
  const asked = [
    ['dead', 'repaly'],
    ['help', 'conflicts', 'lst'],
    ['export', '--formt', 'csv'],
    ['alerts', 'slience', '7'],
    ['help', 'schedules', 'puase'],
  ];
  const answers = await Promise.all(asked.map((args) => contactSync(args)));
  expect(answers.map(({ err }) => /Did you mean (\S+)\?/.exec(err)?.[1])).toEqual([
    ...['replay', 'list', '--format', 'silence', 'pause'],
  ]);
});

describe('a configuration with problems', () => {
  test.each([['up'], ['server'], ['worker'], ['init'], ['status'], ['dead list']])(
    '%s tells all of them at once, by name, without a value, and ends with 2',
    async (command) => {
      const env = { CONTACT_SYNC_DATA: data, PORT: 'hunter2', QUEUE_URL: 'amqp://hunter2', SUPABASE_URL: 'hunter2' };
      const { code, out, err } = await contactSync(command.split(' '), env);
      expect(code).toBe(2);
      expect(out).toBe('');
      for (const variable of ['QUEUE_URL', 'BIGQUERY_PROJECT', 'SUPABASE_URL', 'TWENTY_API_KEY', 'PORT'])
        expect(err).toMatch(new RegExp(`^ {2}${variable} `, 'm'));
      expect(err).not.toContain('hunter2');
    },
  );

  test('tells those who need the databases how to have them', async () => {
    const { code, err } = await contactSync(['status'], { ...AWAY, CONTACT_SYNC_DATA: data });
    expect(code).toBe(2);
    expect(err).toContain('LEDGER_URL is missing');
    expect(err).toContain('contact-sync up');
  });

  test('that would show the queues to everybody is one', async () => {
    const { code, err } = await contactSync(['up'], { ...AWAY, CONTACT_SYNC_DATA: data, HOST: '0.0.0.0' });
    expect(code).toBe(2);
    expect(err).toMatch(/API_TOKEN is missing/);
  });
});

describe('what needs no configuration', () => {
  test('help is printed as a result', async () => {
    const { code, out, err } = await contactSync(['--help']);
    expect(code).toBe(0);
    expect(err).toBe('');
    for (const command of [
      'up',
      'server',
      'worker',
      'init',
      'status',
      'alerts',
      'schedules',
      'sync',
      'replay',
      'dead',
      'conflicts',
    ])
      expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });

  test('each command tells what it is for, with an example', async () => {
    const paths = [...placesOf(program({ env: {}, stdin: process.stdin, out() {}, err() {} }, () => {}))]
      .map(({ path }) => path)
      .filter((path) => path !== '');
    expect(paths).toContain('dead replay');
    for (const path of paths) {
      const { code, out } = await contactSync(['help', ...path.split(' ')]);
      expect([path, code]).toEqual([path, 0]);
      expect(out).toMatch(new RegExp(`^Usage: contact-sync ${path}[^]*\n\n\\S`));
      if (!/\nCommands:/.test(out) && path !== 'help') expect(out).toMatch(/\nExamples:\n {2}\$ contact-sync \S/);
    }
  });

  test('the SQL for Supabase is printed whole, and nothing beside it', async () => {
    const { code, out, err } = await contactSync(['init', '--sql', 'supabase']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(/create table if not exists "?public"?\."?contacts/i);
  });
});

test('the process ends with the code, and its results are on standard output alone', async () => {
  const [help, wrong] = await Promise.all([start(['help']).ended, start(['statsu']).ended]);
  expect(help).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Run it:') });
  expect(wrong).toMatchObject({ code: 2, out: '', err: expect.stringContaining("unknown command 'statsu'") });
});

test('Ctrl-C brings long work to its end, whatever the work makes of it, and the next one is not ours', async () => {
  const before = process.listenerCount('SIGINT');
  const work = interruptible(
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('anything')))),
  );
  const [ours] = process.listeners('SIGINT').slice(before);
  ours?.('SIGINT');
  await expect(work).rejects.toThrow(Interrupted);
  expect(process.listenerCount('SIGINT')).toBe(before);
});

test('queues that cannot be reached are told with what to do, and end with 1', async () => {
  const { code, out, err } = await contactSync(['status'], {
    ...AWAY,
    LEDGER_URL: 'postgres://127.0.0.1:2/gone',
    LOCAL_URL: 'postgres://user:hunter2@127.0.0.1:2/gone',
  });
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toContain('QUEUE_UNREACHABLE');
  expect(err).not.toContain('hunter2');
});
