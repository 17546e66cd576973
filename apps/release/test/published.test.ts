import { execFile } from 'node:child_process';
import { copyFile, glob, readFile, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, join, normalize, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { complaintsOf, findLibraries } from '../src/index.ts';
import { type Consumer, openConsumer } from './consumer.ts';
import { exportedBy } from './docstrings.ts';
import { type Endpoints, endpointsFor } from './endpoints.ts';
import { examplesIn } from './examples.ts';
import { type Program, start } from './program.ts';

const ROOT = join(import.meta.dirname, '../../..');
const libraries = await findLibraries(ROOT);
const EVERY_EXPORT = 'every-export.ts';
const EXAMPLE_MS = 20_000;
const PROGRAMS = ['sync-on-webhook.ts', 'scheduled-sync.ts', 'prompt-with-contact.ts'] as const;

let consumer: Consumer;
beforeAll(async () => {
  consumer = await openConsumer(ROOT);
  await write(EVERY_EXPORT, everyExport());
  for (const { folder } of libraries)
    for (const [index, { code }] of (await examplesOf(folder)).entries()) await write(fileOf(folder, index), code);
  // The top one's ids are nobody's: it is type-checked.
  const top = examplesIn(await readFile(join(ROOT, 'README.md'), 'utf8'));
  expect(top).not.toEqual([]);
  for (const [index, { code }] of top.entries()) await write(fileOf('readme', index), code);
  for (const program of PROGRAMS)
    await copyFile(join(ROOT, 'apps/examples/src', program), join(consumer.folder, program));
}, 180_000);
afterAll(() => consumer?.close());

const write = (file: string, text: string) => writeFile(join(consumer.folder, file), text);
const installed = (folder: string) => join(consumer.folder, 'node_modules/@contact-sync', folder);
const examplesOf = async (folder: string) => examplesIn(await readFile(join(installed(folder), 'README.md'), 'utf8'));
const fileOf = (folder: string, index: number) => `${folder}-${index + 1}.ts`;

/** Whatever can be imported, under a name of its own. */
function everyExport(): string {
  const paths = libraries.flatMap(({ manifest: { name, exports } }) =>
    Object.entries(exports).map(([from, path]) => ({ from: name + from.slice(1), isJson: path.endsWith('.json') })),
  );
  return paths
    .map(({ from, isJson }, index) =>
      isJson
        ? `export { default as e${index} } from '${from}' with { type: 'json' };\n`
        : `export * as e${index} from '${from}';\n`,
    )
    .join('');
}

interface Ran {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of this environment but where programs are found. */
const around = (env: Readonly<Record<string, string>>) => ({
  PATH: process.env.PATH,
  TMPDIR: consumer.temporary,
  ...env,
});

/** Runs a program of the consumer's to its end. */
function ran(file: string, env: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [file, ...args],
      {
        cwd: consumer.folder,
        env: around(env),
        timeout: EXAMPLE_MS,
        killSignal: 'SIGKILL',
      },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    );
  });
}

describe('the tarballs', () => {
  const PUBLISHED = /^(?:README\.md|package\.json|(?:src|sql)\/.+\.(?:js|d\.ts|sql))$/;
  /** What nobody else should see: places of this machine, and what opens doors. */
  const PRIVATE: readonly (readonly [string, RegExp])[] = [
    [
      'a path of this machine',
      new RegExp(
        [ROOT, homedir(), tmpdir()]
          .filter((path) => path !== '/')
          .map((path) => `${RegExp.escape(path)}/`)
          .join('|'),
      ),
    ],
    ['a home folder', /(?<![\w.:-])\/(?:home|Users)\/\w/],
    ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
    ['a secret key of Supabase', /sb_secret_[\w-]{8}/],
    ['a JSON Web Token', /\beyJ[\w-]{8,}\.eyJ/],
    ['a password in a URL', /:\/\/(?!user:password@)[^\s/:@'"`<$]+:[^\s/@'"`<$]+@/],
  ];

  test('are one for each library', () => {
    const names = libraries.map(
      ({ manifest: { name, version } }) => `${name.slice(1).replace('/', '-')}-${version}.tgz`,
    );
    expect(consumer.tarballs.map(({ path }) => basename(path))).toEqual(names.sort());
  });

  test.each(libraries)(
    '$folder holds code with types, data and a README; no source, no test, nothing private',
    async ({ folder, manifest }) => {
      // What npm puts beside it there, because others need another version, is none of it.
      const files = await Array.fromAsync(
        glob('**/*.*', { cwd: installed(folder), exclude: (path) => path === 'node_modules' }),
      );
      expect(files).toEqual(expect.arrayContaining(['README.md', 'package.json', 'src/index.js', 'src/index.d.ts']));
      const exported = new Set(Object.values(manifest.exports).map((path) => normalize(path)));
      const foreign = files.filter((file) => !exported.has(file) && !PUBLISHED.test(file));
      expect(foreign).toEqual([]);
      for (const file of files) {
        const text = await readFile(join(installed(folder), file), 'utf8');
        for (const [what, form] of PRIVATE) expect(form.exec(text)?.[0], `${what} in ${file}`).toBeUndefined();
      }
    },
  );
});

test('all exports and all examples type-check, strictly, and the packages’ own types with them', async () => {
  const compilerOptions = {
    target: 'esnext',
    module: 'nodenext',
    lib: ['esnext'],
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    resolveJsonModule: true,
    noEmit: true,
  };
  await write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  expect(await complaintsOf(consumer.folder)).toBeNull();
});

test('everything that is exported loads, says nothing and keeps no process alive', async () => {
  expect(await ran(EVERY_EXPORT)).toEqual({ code: 0, stdout: '', stderr: '' });
});

describe('everything that is exported has a docstring, where an editor shows it:', () => {
  test.each(libraries)('$folder', async ({ folder, manifest }) => {
    const entries = Object.values(manifest.exports).filter((path) => path.endsWith('.ts'));
    const exported = await Promise.all(
      entries.map((path) =>
        exportedBy(join(installed(folder), path.replace(/\.ts$/, '.d.ts')), (name) =>
          join(consumer.folder, 'node_modules', name, 'src/index.d.ts'),
        ),
      ),
    );
    expect(exported.flat()).not.toEqual([]);
    const silent = exported.flat().filter(({ hasDocstring }) => !hasDocstring);
    expect(silent.map(({ name, file }) => `${name} in ${relative(consumer.folder, file)}`)).toEqual([]);
  });
});

describe('the README shows a first use that prints what it says:', () => {
  test.each(libraries)('$folder', { timeout: 2 * EXAMPLE_MS }, async ({ folder }) => {
    const examples = await examplesOf(folder);
    expect(
      examples.some(({ notRun }) => notRun === null),
      'there is an example',
    ).toBe(true);
    for (const [index, { code, notRun, prints }] of examples.entries()) {
      if (notRun !== null) continue;
      const endpoints = await endpointsFor(code);
      try {
        const { stderr, ...result } = await ran(fileOf(folder, index), endpoints.env);
        expect(result, stderr).toEqual({ code: 0, stdout: prints.map((line) => `${line}\n`).join('') });
      } finally {
        await endpoints.close();
      }
    }
  });
});

describe('the programs of apps/examples, with the packages as published:', () => {
  let endpoints: Endpoints;
  let hook: Program;
  let url: string;
  let contactId: string;
  beforeAll(async () => {
    endpoints = await endpointsFor('process.env');
    hook = start('sync-on-webhook.ts', consumer.folder, around({ ...endpoints.env, PORT: '0' }));
    const [, port] = await hook.printed(/port: (\d+)/);
    url = `http://127.0.0.1:${port}/`;
  }, 60_000);
  afterAll(async () => {
    expect(await hook?.interrupt()).toEqual({ code: 0, stderr: '' });
    await endpoints?.close();
  });

  const rows = async (method: string, query: string, body: object) => {
    const { SUPABASE_URL = '', SUPABASE_SECRET_KEY = '' } = endpoints.env;
    const response = await fetch(`${SUPABASE_URL}/rest/v1/contacts${query}`, {
      method,
      headers: { apikey: SUPABASE_SECRET_KEY, 'content-type': 'application/json', prefer: 'return=representation' },
      body: JSON.stringify(body),
    });
    expect(response.ok).toBe(true);
    // PostgREST answers with the rows that it wrote.
    const [row] = (await response.json()) as readonly object[];
    return row;
  };
  const posted = async (body: unknown, secret = endpoints.env.SUPABASE_WEBHOOK_SECRET ?? '') => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'x-webhook-secret': secret, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    // A `ContactOutcome`, or a code.
    const answer = (await response.json()) as Readonly<Record<string, unknown>>;
    return { status: response.status, answer };
  };

  test('a webhook brings its row everywhere, however often it comes, and believes nobody', async () => {
    const record = await rows('POST', '', {
      canonical_name: 'Ada Lovelace',
      category_code: 'B',
      phones: ['+14155552671'],
    });
    expect(await posted({ record }, 'guessed')).toMatchObject({ status: 401 });
    expect(await posted({ record: { id: null } })).toMatchObject({ status: 400 });
    expect(await posted({ record: { id: '0000' } })).toMatchObject({ status: 422, answer: { code: 'NO_SUCH_RECORD' } });
    const first = await posted({ type: 'INSERT', record });
    expect(first).toMatchObject({ status: 200, answer: { version: 1, systems: { twenty: { outcome: 'written' } } } });
    const { version, contact_id } = first.answer;
    contactId = String(contact_id);
    expect(await posted({ type: 'INSERT', record })).toMatchObject({ status: 200, answer: { version, contact_id } });
  });

  test('a prompt tells of a contact, and not of one that was excluded meanwhile', async () => {
    const asked = ['What should I bring?'] as const;
    const { code, stdout } = await ran('prompt-with-contact.ts', endpoints.env, [contactId, ...asked]);
    expect(code).toBe(0);
    const [system, user] = JSON.parse(stdout).messages;
    expect(system).toMatchObject({ role: 'system' });
    expect(user.content).toContain('Ada Lovelace');
    expect(stdout).not.toContain('4155552671');

    const record = await rows('PATCH', `?contact_id=eq.${contactId}`, { category_code: 'X' });
    expect(await posted({ type: 'UPDATE', record })).toMatchObject({ status: 200 });
    const refused = await ran('prompt-with-contact.ts', endpoints.env, [contactId, ...asked]);
    expect(refused).toEqual({ code: 1, stdout: '', stderr: 'CATEGORY_X\n' });
  });

  test('a schedule brings everything everywhere again and again, until it is told to stop', async () => {
    const schedule = start('scheduled-sync.ts', consumer.folder, around({ ...endpoints.env, SYNC_EVERY_MS: '20' }));
    const [first = '', second = ''] = (await schedule.printed(/^\{.*\}\n\{.*\}\n/))[0].split('\n');
    expect(JSON.parse(first)).toMatchObject({ synced: 0, skipped: 1, failed: 0, conflicts: 0, faults: {} });
    expect(JSON.parse(second)).toMatchObject({ synced: 0, failed: 0 });
    expect(await schedule.interrupt()).toEqual({ code: 0, stderr: '' });
  });
});
