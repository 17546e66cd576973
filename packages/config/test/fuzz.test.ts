/** Bad configuration: every problem is told by its variable, no value is, and what is loaded is whole. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ABSURD_DATES,
  ABSURD_VERSIONS,
  CANARY,
  HOSTILE_KEYS,
  hostileJson,
  hostileJsonText,
  hostileText,
  nestedText,
} from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, ConfigError, loadConfig, loadMapping } from '../src/index.ts';
import { variables } from '../src/variables.ts';
import { LEAST } from './least.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contact-sync-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** @returns the configuration, or its problems: nothing else may come of it */
function load(env: Readonly<Record<string, string>>): Config | ConfigError {
  try {
    return loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { variable } of error.problems) expect(Object.keys(variables.shape)).toContain(variable);
    return error;
  }
}

const value = fc.oneof(
  hostileText,
  hostileText.map((text) => `postgres://user:${CANARY}@${text}`),
  hostileText.map((text) => `https://${text}`),
  hostileText.map((text) => `sqlite:${text}`),
  fc.constantFrom(
    ...ABSURD_VERSIONS,
    ...ABSURD_DATES,
    'http://[',
    'http://%',
    'http://:80',
    'http://a:99999',
    '٣',
    '1'.repeat(15),
    '0'.repeat(15),
  ),
);

test('an environment of any values is a configuration, or problems without a value', () => {
  const names = Object.keys(variables.shape).filter((name) => name !== 'MAPPING_FILE');
  fc.assert(
    fc.property(
      fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.constantFrom(...HOSTILE_KEYS)), value, { maxKeys: 6 }),
      (env) => {
        const loaded = load({ ...LEAST, ...env });
        if (loaded instanceof ConfigError) {
          expect(JSON.stringify([loaded.message, loaded.problems])).not.toContain(CANARY);
          expect(JSON.stringify(loaded.problems).length).toBeLessThan(10_000);
        } else
          for (const number of [loaded.server.port, ...Object.values(loaded.poll_ms), ...Object.values(loaded.bounds)])
            expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

describe('a mapping file', () => {
  const read = (text: string | Buffer) => {
    const path = join(folder, 'mapping.json');
    writeFileSync(path, text);
    return load({ ...LEAST, MAPPING_FILE: path });
  };
  const told = (loaded: Config | ConfigError) => (loaded instanceof ConfigError ? loaded.problems : []);

  test('of any text is a mapping, or problems', () => {
    fc.assert(
      fc.property(hostileJsonText, (text) => {
        for (const { variable, message } of told(read(text))) {
          expect(variable).toBe('MAPPING_FILE');
          expect(message.length).toBeLessThan(20_000);
        }
      }),
      { numRuns: 80 },
    );
  });

  test('with any values in the place of names is a mapping, or problems', () => {
    const part = fc.record(
      { table: hostileJson, id: hostileJson, columns: hostileJson, sync: hostileJson, fields: hostileJson },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.record({ local: part, supabase: part, twenty: part }, { requiredKeys: [] }), (mapping) => {
        read(JSON.stringify(mapping));
        expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
      }),
      { numRuns: 80 },
    );
  });

  test.each<[string, () => string | Buffer]>([
    ['nested 100,000 deep', () => nestedText(100_000, 'object')],
    ['with a table nested 100,000 deep', () => `{"local":{"table":${nestedText(100_000)}}}`],
    ['of 10 MB', () => `{"local":{"table":"${'x'.repeat(10 << 20)}"}}`],
    ['of bytes that are no text', () => Buffer.from([0xff, 0xfe, 0, 0xed, 0xa0])],
    [
      'with keys of prototypes',
      () =>
        '{"__proto__":{"isAdmin":true},"local":{"__proto__":{"table":"x"},"columns":{"__proto__":"x"}},"twenty":{"fields":{"__proto__":"x","constructor":"y"}}}',
    ],
  ])('%s is refused, in few words', (_what, make) => {
    const problems = told(read(make()));
    expect(JSON.stringify(problems).length).toBeLessThan(20_000);
  });

  test('that is none is told', () => {
    for (const path of [folder, join(folder, 'none'), `${folder}/\0`, 'x'.repeat(10_000)])
      expect(() => loadMapping({ MAPPING_FILE: path })).toThrow(ConfigError);
  });
});
