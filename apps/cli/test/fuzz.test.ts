/** Arguments of any kind, and what a terminal is shown of contacts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ABSURD_VERSIONS, HOSTILE_TEXTS, hostileText } from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { table } from '../src/table.ts';
import { AWAY, contactSync } from './contact-sync.ts';

/** A data folder in which nothing runs. */
let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'contact-sync-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

test('arguments of any kind end with 0, 1 or 2 and an explanation, never by a fault', async () => {
  const word = fc.oneof(
    fc.constantFrom('status', 'sync', 'missing', 'replay', 'dead', 'list', 'conflicts', 'show', 'resolve', 'help'),
    fc.constantFrom('contact', 'find', 'timeline', 'restore', 'discard', 'backfill', 'actions', 'prompt', 'export'),
    fc.constantFrom(
      'doctor',
      'import',
      'completion',
      'bash',
      '/dev/null',
      'alerts',
      'ack',
      'silence',
      'schedules',
      'pause',
    ),
    fc.constantFrom(
      '--json',
      '--all',
      '--queue',
      '--by',
      '--candidate',
      '--sql',
      '--dry-run',
      '--delete',
      '--',
      '-',
      '--help',
      '--queue=ingest',
      '--__proto__',
      '--constructor=1',
      '--json=x',
      '--hash',
      '--field',
      '--content',
      '--take=incoming',
      '--older-than',
      '--limit',
      '--reason',
      '--subject',
      '--budget',
      '--format',
    ),
    fc.constantFrom(...ABSURD_VERSIONS, '7', 'twenty', 'ingest'),
    hostileText.map((text) => text.replaceAll('\0', '').slice(0, 300)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (args) => {
      const { code, out, err } = await contactSync(args, { ...AWAY, CONTACT_SYNC_DATA: data });
      expect([0, 1, 2]).toContain(code);
      expect(out + err, args.join()).not.toContain('nobody foresaw');
      if (code !== 0) expect(err + out).not.toBe('');
      expect(out + err).not.toMatch(/node_modules|sb_secret|key-of-twenty/);
    }),
    { numRuns: 120, endOnFailure: true },
  );
});

const short = hostileText.map((text) => text.slice(0, 1_000));

test('a terminal shows texts, and obeys none of them', () => {
  fc.assert(
    fc.property(fc.array(short, { minLength: 2, maxLength: 2 }), (row) => {
      const shown = table(['one', 'other'], [row]);
      expect(stripVTControlCharacters(shown).replaceAll('\n', '')).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      expect(shown).not.toContain('\u001b[2J');
    }),
    {
      examples: [
        [['\u001b[2J\u001b]0;title\u0007', '\u202eevil']],
        ...HOSTILE_TEXTS.map((text): [string[]] => [[text.slice(0, 1_000), '\u009b2J']]),
      ],
    },
  );
});
