import { describe, expect, it } from 'vitest';
import { judge, judgeReplay } from '../src/checker/judge.ts';
import { findLeaks } from '../src/checker/leaks.ts';
import type { Breach } from '../src/checker/world.ts';
import { SYSTEMS, type System } from '../src/edits.ts';
import { editOf, type Spoilable, soundWorld, versionOf } from './worlds.ts';

function breachesOf(spoil: (world: Spoilable) => void): readonly Breach[] {
  const world = soundWorld();
  spoil(world);
  return judge(world).breaches;
}

/** Adds versions to the ledger and to BigQuery. */
function add(world: Spoilable, ...versions: ReturnType<typeof versionOf>[]): void {
  world.versions = [...world.versions, ...versions.map(([version]) => version)];
  world.history = [...world.history, ...versions.map(([, row]) => row)];
}

describe('the checker', () => {
  it('finds nothing in a world that keeps every promise, and says what it looked at', () => {
    const { breaches, checked } = judge(soundWorld());
    expect(breaches).toEqual([]);
    expect(checked).toMatchObject({ 'edits acknowledged': 7, 'exact ties': 1, conflicts: 1 });
  });

  it('names an acknowledged edit that is nowhere', () => {
    const breaches = breachesOf((world) => {
      world.edits = [...world.edits, editOf({ token: 'gone', system: 'supabase' })];
    });
    expect(breaches).toMatchObject([{ promise: 'I1', contact_id: '1', token: 'gone' }]);
  });

  it('does not ask for an edit that no system acknowledged', () => {
    const breaches = breachesOf((world) => {
      world.edits = [...world.edits, editOf({ token: 'unheard', ack: 'unknown' })];
    });
    expect(breaches).toEqual([]);
  });

  it('names an edit that is a version and lies under an open dead letter as well', () => {
    const breaches = breachesOf((world) => {
      world.letters = [
        { dead_letter_id: '9', queue: 'ingest', system: 'local', key: '5', contact_id: '1', code: 'X', status: 'open' },
      ];
      world.kept = [
        {
          ...{ system: 'local', record_id: '5', contact_id: '1', job_title: 't1' },
          ...{ last_updated: '2026-05-01T10:00:01.000000Z', last_updated_by: 't1' },
          ...{ done: false, dead_letter_id: '9', lettered: true },
        },
      ];
    });
    expect(breaches).toMatchObject([{ promise: 'I1', token: 't1' }]);
  });

  it('excuses an edit in Twenty only if nobody told the hub and somebody overwrote it there', () => {
    const spoil = (heard: boolean, overwritten: boolean) =>
      breachesOf((world) => {
        const lost = editOf({ token: 'lost', system: 'twenty', asked: 1 });
        const later = editOf({ token: 't2', system: 'twenty', answered: 2 });
        world.edits = [
          ...world.edits.filter(({ token }) => token !== 't2'),
          lost,
          { ...later, asked: overwritten ? 1 : 0, answered: overwritten ? 2 : 0 },
        ];
        if (heard) world.heard = new Set([...world.heard, 'lost']);
      });
    expect(spoil(false, true)).toEqual([]);
    expect(spoil(true, true)).toMatchObject([{ promise: 'I1', token: 'lost' }]);
    expect(spoil(false, false)).toMatchObject([{ promise: 'I1', token: 'lost' }]);
  });

  it('excuses an edit in Twenty that nobody told of and the hub wrote over at that very moment, and no other', () => {
    const spoil = (seconds: number, by: string) =>
      breachesOf((world) => {
        const asked = Date.parse('2026-05-01T10:00:00Z');
        world.edits = [...world.edits, editOf({ token: 'lost', system: 'twenty', asked, answered: asked })];
        world.kept = [
          {
            ...{ system: 'twenty', record_id: 'p', contact_id: '1', job_title: 't2', last_updated_by: by },
            ...{
              last_updated: `2026-05-01T10:00:${String(seconds).padStart(2, '0')}.000000Z`,
              done: true,
              dead_letter_id: null,
              lettered: false,
            },
          },
        ];
      });
    expect(spoil(1, 'twenty:API').filter(({ token }) => token === 'lost')).toEqual([]);
    expect(spoil(30, 'twenty:API')).toMatchObject([{ promise: 'I1', token: 'lost' }]);
    expect(spoil(1, 'somebody')).toMatchObject([{ promise: 'I1', token: 'lost' }]);
  });

  it('counts apart what two writes in Twenty left together, and names whatever else came back from there', () => {
    const spoil = (fields: Readonly<Record<string, string>>, by: string, content_hash = 'mixed') =>
      breachesOf((world) => {
        const one = { contact_id: '1', version: 3, job_title: 't1', source: 'twenty', last_updated_by: by };
        const earlier = world.versions.map((version) =>
          version.contact_id === '1' && version.version === 2
            ? { ...version, fields: { ...version.fields, organization: '"Navy"' } }
            : version,
        );
        const [version, row] = versionOf({ ...one, fields, content_hash });
        world.versions = [...earlier, version];
        world.history = [...world.history, row];
      }).filter(({ promise }) => promise === 'I4');
    const mixed = { job_title: '"t1"', organization: '"Navy"' };
    const [head] = soundWorld().versions;
    expect(spoil(mixed, 'twenty:API')).toEqual([]);
    expect(spoil({ ...mixed, organization: '"nobody wrote it"' }, 'twenty:API')).not.toEqual([]);
    expect(spoil(mixed, 'twenty:MANUAL:a')).not.toEqual([]);
    expect(spoil(mixed, 'twenty:API', head?.content_hash)).not.toEqual([]);
  });

  it('names content that cannot be a contact and became a version', () => {
    const breaches = breachesOf((world) => {
      world.edits = world.edits.map((edit) => (edit.token === 't1' ? { ...edit, op: 'invalid' } : edit));
    });
    expect(breaches).toMatchObject([{ promise: 'I1', token: 't1' }]);
  });

  it('names a version that was accepted twice, or after a higher one', () => {
    const twice = breachesOf((world) =>
      add(
        world,
        versionOf({
          contact_id: '1',
          version: 2,
          job_title: 't2',
          source: 'twenty',
          content_hash: 'other',
          committed_at: 5,
        }),
      ),
    );
    expect(twice.map(({ promise }) => promise)).toContain('I2');
    expect(
      twice.find(({ what }) => what.includes('contact_versions holds 2 accepted rows of version 2')),
    ).toBeDefined();
  });

  it('names a SQL row that holds less than it was brought, and a rank that was seen to fall', () => {
    const less = breachesOf((world) => {
      const local = new Map(world.standing.local);
      local.set('1', { version: 1, last_updated: '2026-05-01T10:00:01.000000Z', deleted: false });
      world.standing = { ...world.standing, local };
    });
    expect(less).toMatchObject([{ promise: 'I2', contact_id: '1' }]);
    const fell = breachesOf((world) => {
      world.falls = [{ system: 'local', contact_id: '1', from: 'version 3', to: 'version 2' }];
    });
    expect(fell).toMatchObject([{ promise: 'I2', contact_id: '1' }]);
  });

  it('names a system that shows something else, or nothing', () => {
    const other = breachesOf((world) => {
      const twenty = new Map(world.shown.twenty);
      twenty.set('1', { canonical_name: 'A', job_title: 't1' });
      world.shown = { ...world.shown, twenty };
    });
    expect(other).toMatchObject([{ promise: 'I3', contact_id: '1' }]);
    expect(other[0]?.what).toMatch(/^twenty should show/);
    const nothing = breachesOf((world) => {
      world.shown = { ...world.shown, supabase: new Map([...world.shown.supabase].filter(([id]) => id !== '2')) };
    });
    expect(nothing).toMatchObject([{ promise: 'I3', contact_id: '2' }]);
  });

  it('excuses a person without a name while the contact that it is waits in a conflict, and no other', () => {
    const spoil = (status: 'open' | 'resolved') =>
      breachesOf((world) => {
        const content = world.shown.twenty.get('2');
        const others = [...world.shown.twenty].filter(([id]) => id !== '2');
        world.shown = {
          ...world.shown,
          twenty: new Map([...others, ...(content ? [['unnamed twenty p', content] as const] : [])]),
        };
        world.conflicts = world.conflicts.map((one) => ({ ...one, status }));
        world.told = new Map([...world.told.keys()].map((id) => [id, status === 'open']));
        world.kept = [
          {
            ...{ system: 'twenty', record_id: 'p', contact_id: '2', job_title: 't4', last_updated_by: 'ann' },
            ...{ last_updated: '2026-05-01T10:00:00.000000Z', done: true, dead_letter_id: null, lettered: false },
          },
        ];
      }).filter(({ promise }) => promise === 'I3');
    expect(spoil('open')).toEqual([]);
    expect(
      spoil('resolved')
        .map(({ contact_id }) => contact_id)
        .sort(),
    ).toEqual(['2', 'unnamed twenty p']);
  });

  it('excuses a deletion for good in Twenty that left no trace and came back everywhere, and no other', () => {
    const spoil = (system: 'twenty' | 'local', holders: readonly System[], isTraced: boolean) =>
      breachesOf((world) => {
        world.edits = world.edits.map((edit) => (edit.token === 't7' ? { ...edit, system } : edit));
        for (const holder of holders)
          world.shown = {
            ...world.shown,
            [holder]: new Map([...world.shown[holder], ['3', { canonical_name: 'Ada' }]]),
          };
        if (!isTraced) world.versions = world.versions.filter((one) => one.contact_id !== '3' || !one.deleted);
      }).filter(({ promise, what }) => promise === 'I10' && what.includes('alive in'));
    expect(spoil('twenty', SYSTEMS, false)).toEqual([]);
    expect(spoil('twenty', SYSTEMS, true)).toHaveLength(1);
    expect(spoil('twenty', ['twenty'], false)).toHaveLength(1);
    expect(spoil('local', SYSTEMS, false)).toHaveLength(1);
  });

  it('excuses what an open conflict or dead letter lists, and that alone', () => {
    const spoil = (system: string) =>
      breachesOf((world) => {
        world.shown = { ...world.shown, twenty: new Map([...world.shown.twenty].filter(([id]) => id !== '2')) };
        world.letters = [
          {
            ...{ dead_letter_id: '9', queue: `propagate-${system}`, system, key: '2', contact_id: '2' },
            ...{ code: 'TWENTY_DUPLICATE', status: 'open' },
          },
        ];
      });
    expect(spoil('twenty')).toEqual([]);
    expect(spoil('supabase')).toMatchObject([{ promise: 'I3', contact_id: '2' }]);
  });

  it('names an echo that became a version, and an edit that became two', () => {
    const echo = breachesOf((world) => {
      add(world, versionOf({ contact_id: '1', version: 3, job_title: 't2', source: 'supabase' }));
      world.edits = [...world.edits, editOf({ token: 'some', ack: 'unknown' })];
    });
    expect(echo.find(({ promise, token }) => promise === 'I4' && token === 't2')).toBeDefined();
    const two = breachesOf((world) => {
      add(world, versionOf({ contact_id: '1', version: 3, job_title: 't1', source: 'local' }));
      world.edits = [...world.edits, editOf({ token: 'some', ack: 'unknown' })];
    });
    expect(two.find(({ promise, what }) => promise === 'I4' && what.includes('made 2 versions: 1, 3'))).toBeDefined();
  });

  it('names more versions than anybody made', () => {
    const breaches = breachesOf((world) => add(world, versionOf({ contact_id: '1', version: 3, job_title: 'nobody' })));
    expect(breaches).toMatchObject([{ promise: 'I4', contact_id: '1' }]);
  });

  it('names a tie without a conflict, with two, or without one of its candidates', () => {
    const none = breachesOf((world) => {
      world.conflicts = [];
      // The decision has to come from somewhere.
      world.edits = [...world.edits, editOf({ token: 'some', contact_id: '2', ack: 'unknown' })];
    });
    expect(none).toMatchObject([{ promise: 'I5', contact_id: '2' }]);
    const two = breachesOf((world) => {
      world.conflicts = [...world.conflicts, ...world.conflicts];
    });
    expect(two).toMatchObject([{ promise: 'I5', contact_id: '2' }]);
    const missing = breachesOf((world) => {
      world.conflicts = world.conflicts.map((one) => ({
        ...one,
        candidates: one.candidates.slice(0, 1),
        closed_at: 9,
      }));
    });
    expect(missing).toMatchObject([{ promise: 'I5', contact_id: '2', token: 't5' }]);
  });

  it('names a conflict that BigQuery does not know, or shows as it is not', () => {
    const told = (conflicts: ReadonlyMap<string, boolean>) => (world: Spoilable) => {
      world.told = conflicts;
    };
    expect(breachesOf(told(new Map()))).toMatchObject([{ promise: 'I5', contact_id: '2' }]);
    expect(breachesOf(told(new Map([['2-2', true]])))).toMatchObject([{ promise: 'I5' }]);
  });

  it('names work that is left', () => {
    const breaches = breachesOf((world) => {
      world.pending = { 'deliveries behind': 2 };
    });
    expect(breaches).toMatchObject([{ promise: 'I6', what: '2 left: deliveries behind' }]);
  });

  it('names a contact that is alive though it was deleted last, and a stale edit that was accepted over a deletion', () => {
    const alive = breachesOf((world) => {
      const shown = new Map([...world.shown.local, ['3', { canonical_name: 'A', job_title: 't6' }] as const]);
      world.shown = { bigquery: shown, supabase: shown, local: shown, twenty: shown };
    });
    expect(alive).toMatchObject([{ promise: 'I10', contact_id: '3', token: 't7' }]);
    const stale = breachesOf((world) => {
      world.edits = [
        ...world.edits,
        editOf({ token: 'stale', contact_id: '3', version: 1, last_updated: '2026-05-01T10:00:09.000000Z' }),
      ];
      add(world, versionOf({ contact_id: '3', version: 3, job_title: 'stale' }));
    });
    expect(stale.find(({ promise, token }) => promise === 'I10' && token === 'stale')).toBeDefined();
  });

  it('names a contact that was taken back and that somebody does not show', () => {
    const breaches = breachesOf((world) => {
      world.edits = [...world.edits, editOf({ token: 't8', op: 'revive', pool: 'phoenix', contact_id: '3', asked: 1 })];
      add(world, versionOf({ contact_id: '3', version: 3, job_title: 't8' }));
    });
    expect(breaches).toMatchObject([{ promise: 'I10', contact_id: '3', token: 't8' }]);
  });

  it('names personal data in a log by the place', () => {
    const leaks = findLeaks('worker-1.log', '{"msg":"edit of Kanarienvogel free-3"}', ['Kanarienvogel', 'tk1']);
    const breaches = breachesOf((world) => {
      world.leaks = leaks;
    });
    expect(breaches).toMatchObject([{ promise: 'I12' }]);
    expect(findLeaks('worker-1.log', '{"msg":"swept"}', ['Kanarienvogel', 'tk1'])).toEqual([]);
  });

  it('names whatever a second replay changed', () => {
    const before = soundWorld();
    expect(judgeReplay(before, soundWorld())).toEqual([]);
    const after = soundWorld();
    add(after, versionOf({ contact_id: '1', version: 3, job_title: 't2' }));
    const breaches = judgeReplay(before, after);
    expect(breaches.length).toBeGreaterThan(0);
    expect(breaches.every(({ promise, contact_id }) => promise === 'I9' && contact_id === '1')).toBe(true);
  });
});
