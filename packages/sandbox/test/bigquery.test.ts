import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type BigQuerySandbox, startBigQuery } from '../src/bigquery/index.ts';

let sandbox: BigQuerySandbox;
let client: BigQuery;
let dataset: string;
let count = 0;
beforeAll(async () => {
  sandbox = await startBigQuery();
  client = clientOf(sandbox);
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  count += 1;
  dataset = `ds${count}`;
  await client.createDataset(dataset);
});

function clientOf({ project, host }: BigQuerySandbox): BigQuery {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'sandbox', expiry_date: Number.MAX_SAFE_INTEGER });
  return new BigQuery({ projectId: project, apiEndpoint: host, authClient, retryOptions: { autoRetry: false } });
}

async function rows(query: string, params?: Record<string, unknown>): Promise<unknown[]> {
  const [found] = await client.query({ query, ...(params ? { params } : {}), wrapIntegers: true });
  return found.map((row: Record<string, unknown>) => Object.values(row).map(plain));
}

/** The client wraps what JavaScript cannot hold; all its wrappers have a `value`. */
const plain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'value' in value ? value.value : value;

const one = async (expression: string, params?: Record<string, unknown>) =>
  (await rows(`SELECT ${expression}`, params))[0];

const rest = (path: string, init?: RequestInit) =>
  fetch(`${sandbox.host}/projects/${sandbox.project}${path}`, {
    ...init,
    headers: { 'content-type': 'application/json' },
  });

const people = () =>
  client.dataset(dataset).createTable('people', {
    schema: [
      { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
      { name: 'name', type: 'STRING', defaultValueExpression: "'nobody'" },
      { name: 'born', type: 'TIMESTAMP', defaultValueExpression: 'CURRENT_TIMESTAMP()' },
      { name: 'more', type: 'JSON' },
    ],
  });

describe('the client', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('may come with BIGQUERY_EMULATOR_HOST, whose paths are shorter', async () => {
    vi.stubEnv('BIGQUERY_EMULATOR_HOST', sandbox.host);
    const [found] = await clientOf(sandbox).query('SELECT 1 AS x');
    expect(found).toEqual([{ x: 1 }]);
  });

  test('reads large results in pages', async () => {
    const ids = Array.from({ length: 25 }, (_, n) => n);
    const [found] = await client.query({
      query: 'SELECT x FROM UNNEST(@ids) AS x ORDER BY x',
      params: { ids },
      maxResults: 10,
    });
    expect(found.map((row: { x: number }) => row.x)).toEqual(ids);
  });

  test('may run jobs', async () => {
    const [job] = await client.createQueryJob('SELECT 5 AS x');
    const [found] = await job.getQueryResults();
    expect(found).toEqual([{ x: 5 }]);
    expect((await job.getMetadata())[0].status.state).toBe('DONE');
  });

  test('lists what is there', async () => {
    await people();
    const table = client.dataset(dataset).table('people');
    await table.insert({ id: 1, name: 'Ann' });
    const [listed] = await table.getRows();
    expect(listed).toMatchObject([{ id: 1, name: 'Ann' }]);
    const [tables] = await client.dataset(dataset).getTables();
    expect(tables.map((each) => each.id)).toEqual(['people']);
  });
});

describe('values', () => {
  test.each([
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ["TIMESTAMP '2024-05-01 12:34:56.123456+02'", '2024-05-01T10:34:56.123456000Z'],
    ['TIMESTAMP_MICROS(1714559696123457)', '2024-05-01T10:34:56.123457000Z'],
    ["DATE '2024-02-29'", '2024-02-29'],
    ["'it''s'", undefined],
    [`"it's \\"so\\" \\u00e9 \\n"`, 'it\'s "so" é \n'],
    ["r'\\d'", '\\d'],
    ["'''a'b'''", "a'b"],
    ['TRUE', true],
    ['1.5', 1.5],
    ['0.1 + 0.2', 0.30000000000000004],
    ["['a', 'b']", ['a', 'b']],
    ['NULL', null],
    [`JSON_QUERY(JSON '{"a": {"é": [1, null, "x"]}}', '$.a')`, '{"é":[1,null,"x"]}'],
    [`JSON_VALUE('{"a": 7}', '$.a')`, '7'],
    [`JSON_VALUE('{"a": [7]}', '$.a')`, null],
    [`JSON_TYPE(JSON 'null')`, 'null'],
    [`UNIX_SECONDS(TIMESTAMP '1969-12-31 23:59:59.5+00')`, '-1'],
    [`CONCAT('a', NULL, 'b')`, null],
    [`SUBSTR('äbcd', 1, 2)`, 'äb'],
    [`SUBSTR('abcd', 3, 9)`, 'cd'],
    [`SUBSTR('abcd', 2)`, 'bcd'],
    [`SUBSTR('abcd', 0, 2)`, undefined],
    [`SUBSTR('abcd', -2, 1)`, undefined],
    [`SUBSTR('abcd', 1, -1)`, undefined],
    [`SUBSTR(b'abcd', 1, 2)`, undefined],
    [`(SELECT STRING_AGG(x, '' ORDER BY x) FROM UNNEST(['c', 'a', 'b']) AS x)`, 'abc'],
    [`GREATEST(1, NULL)`, null],
    [`'50%' LIKE '50\\\\%'`, true],
    [`'50x' LIKE '50\\\\%'`, false],
    [`TIMESTAMP_DIFF(TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 01:59:00', HOUR)`, '-1'],
  ])('%s', async (expression, expected) => {
    if (expected === undefined) await expect(one(expression)).rejects.toMatchObject({ code: 400 });
    else expect(await one(expression)).toEqual([expected]);
  });

  test('parameters of all kinds arrive exactly', async () => {
    const found = await client.query({
      query:
        'SELECT @i AS i, @s AS s, @t AS t, @j AS j, @n AS n, ARRAY_LENGTH(@e) AS e, 9007199254740993 IN UNNEST(@a) AS a',
      params: {
        i: '9223372036854775807',
        s: `'; DROP TABLE "x"; -- \\`,
        t: client.timestamp('2024-01-01T00:00:00.000001Z'),
        j: '{"a":1.0}',
        n: null,
        e: [],
        a: ['1', '9007199254740993'],
      },
      types: { i: 'INT64', s: 'STRING', t: 'TIMESTAMP', j: 'JSON', n: 'STRING', e: ['STRING'], a: ['INT64'] },
      wrapIntegers: true,
    });
    expect(Object.values(found[0][0]).map(plain)).toEqual([
      '9223372036854775807',
      `'; DROP TABLE "x"; -- \\`,
      '2024-01-01T00:00:00.000001000Z',
      '{"a":1.0}',
      null,
      '0',
      true,
    ]);
  });

  test('a batch may come as one JSON text', async () => {
    const found = await rows(
      `SELECT CAST(JSON_VALUE(r, '$.id') AS INT64), JSON_VALUE(r, '$."odd key"')
       FROM UNNEST(JSON_QUERY_ARRAY(PARSE_JSON(@rows))) AS r ORDER BY 1`,
      { rows: JSON.stringify([{ id: '9007199254740993', 'odd key': 'ü' }, { id: 2 }]) },
    );
    expect(found).toEqual([
      ['2', null],
      ['9007199254740993', 'ü'],
    ]);
  });

  test('timestamps travel as microseconds when asked for, else as seconds, exactly', async () => {
    const ask = async (formatOptions: object) => {
      const body = {
        query: "SELECT TIMESTAMP '2024-05-01 10:34:56.123457+00' AS t",
        useLegacySql: false,
        formatOptions,
      };
      const answer = await rest('/queries', { method: 'POST', body: JSON.stringify(body) });
      return z
        .object({ rows: z.tuple([z.object({ f: z.tuple([z.object({ v: z.string() })]) })]) })
        .parse(await answer.json()).rows[0].f[0].v;
    };
    expect(await ask({ useInt64Timestamp: true })).toBe('1714559696123457');
    expect(await ask({})).toBe('1714559696.123457');
  });

  test('NULLs sort first, as in BigQuery', async () => {
    expect(await rows('SELECT x FROM UNNEST([2, NULL, 1]) AS x ORDER BY x')).toEqual([[null], ['1'], ['2']]);
  });
});

describe('streaming', () => {
  const table = () => client.dataset(dataset).table('people');
  beforeEach(people);

  test('500 rows are visible at once, with the defaults of what they do not mention', async () => {
    const given = Array.from({ length: 500 }, (_, n) => ({ id: n, more: JSON.stringify({ n }) }));
    await table().insert(given);
    const found = await rows(
      `SELECT COUNT(*), COUNTIF(name = 'nobody'), COUNT(born), MIN(JSON_VALUE(more, '$.n')) FROM ${dataset}.people`,
    );
    expect(found).toEqual([['500', '500', '500', '0']]);
  });

  test('the same insertId within a minute is kept once', async () => {
    const row = { insertId: 'a', json: { id: '9223372036854775807' } };
    await table().insert([row, row], { raw: true });
    await table().insert([row], { raw: true });
    expect(await rows(`SELECT id FROM ${dataset}.people`)).toEqual([['9223372036854775807']]);
  });

  test.each([
    [{ name: 'no id' }, 'id'],
    [{ id: 'x' }, 'id'],
    [{ id: '9223372036854775808' }, 'id'],
    [{ id: 1, born: 'yesterday' }, 'born'],
    [{ id: 1, more: '{' }, 'more'],
    [{ id: 1, age: 5 }, 'age'],
    [{ id: 1, name: { first: 'A' } }, 'name'],
  ])('%j is refused for its %s and stops the others, unless those may go without it', async (bad, field) => {
    const send = async (skipInvalidRows: boolean) => {
      const body = JSON.stringify({ skipInvalidRows, rows: [{ json: { id: 7 } }, { json: bad }] });
      const answer = await rest(`/datasets/${dataset}/tables/people/insertAll`, { method: 'POST', body });
      return z.object({ insertErrors: z.unknown() }).parse(await answer.json());
    };
    const invalid = { index: 1, errors: [expect.objectContaining({ reason: 'invalid', location: field })] };
    const stopped = { index: 0, errors: [expect.objectContaining({ reason: 'stopped' })] };
    expect((await send(false)).insertErrors).toEqual([stopped, invalid]);
    expect(await rows(`SELECT COUNT(*) FROM ${dataset}.people`)).toEqual([['0']]);
    expect((await send(true)).insertErrors).toEqual([invalid]);
    expect(await rows(`SELECT id FROM ${dataset}.people`)).toEqual([['7']]);
  });

  test('a request beyond 10 MB is refused', async () => {
    const rowsOf = Array.from({ length: 11 }, (_, id) => ({ id, name: 'x'.repeat(1024 * 1024) }));
    await expect(table().insert(rowsOf)).rejects.toMatchObject({ code: 413 });
  });

  test('what was streamed lately can be neither updated nor deleted', async () => {
    await table().insert({ id: 1 });
    await expect(rows(`DELETE FROM ${dataset}.people WHERE id = 1`)).rejects.toThrow('streaming buffer');
    await expect(rows(`UPDATE ${dataset}.people SET name = 'x' WHERE id = 1`)).rejects.toThrow('streaming buffer');
  });

  test('requests at the same time do not disturb each other', async () => {
    await Promise.all([
      ...Array.from({ length: 10 }, (_, id) => table().insert({ id })),
      ...Array.from({ length: 10 }, () => rows(`SELECT COUNT(*) FROM ${dataset}.people`)),
    ]);
    expect(await rows(`SELECT COUNT(*) FROM ${dataset}.people`)).toEqual([['10']]);
  });
});

describe('SQL that is not known', () => {
  beforeEach(people);

  test.each([
    'SELECT FORMAT("%d", 1)',
    'SELECT SAFE.PARSE_JSON("{")',
    'SELECT STRUCT(1 AS a)',
    'SELECT AS STRUCT 1 AS a',
    'SELECT 1 / 0',
    'SELECT [1][OFFSET(0)]',
    'SELECT x[0] FROM (SELECT [1] AS x) AS t',
    "SELECT 'a' ILIKE 'A'",
    "SELECT 'a'::STRING",
    'SELECT CAST(1 AS VARCHAR)',
    "SELECT CAST('{}' AS JSON)",
    "SELECT JSON_QUERY('{}', '$.a')",
    "SELECT JSON_VALUE(JSON '{}', '$.*')",
    'SELECT EXTRACT(DAY FROM CURRENT_TIMESTAMP())',
    'SELECT * FROM read_csv("/etc/hosts")',
    'SELECT * FROM UNNEST([1]) AS x WITH OFFSET',
    'SELECT 1 UNION SELECT 2',
    'SELECT 1; SELECT 2',
    'SELECT DISTINCT ON (1) 1',
    'SELECT 1 AS x ORDER BY ALL',
    'SELECT 1 AS x WHERE EXISTS (FROM DS.people)',
    'SELECT at FROM DS.people',
    'SELECT COLUMNS(*) FROM DS.people',
    'SELECT $1',
    'SELECT @missing',
    'FROM x SELECT 1',
    'PRAGMA version',
    'MERGE DS.people USING x ON TRUE WHEN MATCHED THEN DELETE',
    'DECLARE x INT64',
    'CREATE TABLE DS.t AS SELECT 1 AS x',
    "CREATE TABLE DS.t (x INT64) OPTIONS (labels = [('a', 'b')])",
    'CREATE TABLE DS.t (x STRUCT<a INT64>)',
    'ALTER TABLE DS.people ADD COLUMN x INT64 DEFAULT 1',
    'ALTER TABLE DS.people DROP COLUMN name',
    'DELETE FROM DS.people',
    'INSERT INTO DS.people (id) VALUES (NULL)',
    'CREATE PROCEDURE DS.p(x INT64) BEGIN INSERT INTO DS.people (id) VALUES (x); SET x = 1; END',
  ])('%s', async (sql) => {
    await expect(rows(sql.replaceAll('DS', dataset))).rejects.toMatchObject({
      code: 400,
      errors: [expect.objectContaining({ reason: 'invalidQuery' })],
    });
    expect(await rows(`SELECT COUNT(*) FROM ${dataset}.people`)).toEqual([['0']]);
  });

  test.each([
    'SELECT * FROM DS.nothing',
    'SELECT * FROM `other.DS.people`',
    'CALL DS.nothing()',
    'SELECT * FROM DS.INFORMATION_SCHEMA.TABLES',
  ])('%s is not found', async (sql) => {
    await expect(rows(sql.replaceAll('DS', dataset))).rejects.toMatchObject({ code: 404 });
  });

  test('a call that is not known is refused as well', async () => {
    expect((await rest(`/datasets/${dataset}/models`)).status).toBe(501);
  });
});

describe('statements', () => {
  test('a procedure runs wholly or not at all', async () => {
    await people();
    await rows(
      `CREATE PROCEDURE ${dataset}.twice(who STRING)
       BEGIN
         INSERT INTO ${dataset}.people (id, name) VALUES (1, who);
         ASSERT who <> 'bad' AS 'bad name';
         INSERT INTO ${dataset}.people (id, name) SELECT id + 1, who FROM ${dataset}.people;
       END`,
    );
    await expect(rows(`CALL ${dataset}.twice('bad')`)).rejects.toThrow('bad name');
    await rows(`CALL ${dataset}.twice(@who)`, { who: 'Ann' });
    expect(await rows(`SELECT id, name FROM ${dataset}.people ORDER BY id`)).toEqual([
      ['1', 'Ann'],
      ['2', 'Ann'],
    ]);
  });

  test('an analyst may insert, update, delete and look', async () => {
    await people();
    await rows(
      `INSERT INTO \`${sandbox.project}.${dataset}.people\` (id, name, more) VALUES (1, 'Ann', JSON '{"a": 1}'), (2, DEFAULT, NULL)`,
    );
    await rows(`UPDATE ${dataset}.people SET name = 'Anna' WHERE id = 1`);
    await rows(`DELETE FROM ${dataset}.people WHERE name = 'nobody'`);
    await rows(
      `CREATE VIEW ${dataset}.names AS SELECT * EXCEPT (born, more) FROM ${dataset}.people WHERE id IN (SELECT 1 UNION DISTINCT SELECT 1)`,
    );
    expect(await rows(`SELECT n.* FROM ${dataset}.names AS n`)).toEqual([['1', 'Anna']]);
    const [found] = await client.query({ query: 'SELECT name FROM names', defaultDataset: { datasetId: dataset } });
    expect(found).toEqual([{ name: 'Anna' }]);
  });

  test('tables keep partitioning, clustering, defaults and descriptions', async () => {
    await rows(
      `CREATE TABLE ${dataset}.t (id INT64 NOT NULL, at TIMESTAMP DEFAULT CURRENT_TIMESTAMP() NOT NULL)
       PARTITION BY DATE(at) CLUSTER BY id OPTIONS (description = 'd')`,
    );
    expect((await client.dataset(dataset).table('t').getMetadata())[0]).toMatchObject({
      description: 'd',
      timePartitioning: { type: 'DAY', field: 'at' },
      clustering: { fields: ['id'] },
      schema: {
        fields: [
          { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
          { name: 'at', mode: 'REQUIRED', defaultValueExpression: 'CURRENT_TIMESTAMP()' },
        ],
      },
    });
    await expect(rows(`CREATE TABLE ${dataset}.t (id INT64)`)).rejects.toMatchObject({ code: 409 });
  });
});

test('while down it answers 503, and nothing is lost', async () => {
  await people();
  await client.dataset(dataset).table('people').insert({ id: 1 });
  sandbox.setDown(true);
  await expect(rows(`SELECT id FROM ${dataset}.people`)).rejects.toMatchObject({ code: 503 });
  sandbox.setDown(false);
  expect(await rows(`SELECT id FROM ${dataset}.people`)).toEqual([['1']]);
});

test('with a file everything outlives the sandbox', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bigquery-'));
  try {
    for (const expected of [[], [['1', 'x']]]) {
      const kept = await startBigQuery({ file: join(folder, 'bq.duckdb'), project: 'kept' });
      const mine = clientOf(kept);
      if (expected.length === 0) {
        await mine.query('CREATE SCHEMA a');
        await mine.query("CREATE TABLE a.t (id INT64, name STRING DEFAULT 'x')");
        await mine.query('CREATE VIEW a.v AS SELECT id, JSON_VALUE(TO_JSON(name)) AS name FROM a.t');
        await mine.query('CREATE PROCEDURE a.p(n INT64) BEGIN INSERT INTO a.t (id) VALUES (n); END');
        await mine.query('CALL a.p(1)');
      } else expect((await mine.query('SELECT * FROM a.v'))[0]).toEqual([{ id: 1, name: 'x' }]);
      await kept.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
